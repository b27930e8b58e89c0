package stage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// doc is one YAML file being read. It remembers where each value stood, by its
// path ("flows[0].from"), so that a later check can point at it.
type doc struct {
	*collector
	file string
	seen map[string]*yaml.Node
}

func newDoc(c *collector, file string) *doc {
	return &doc{collector: c, file: file, seen: map[string]*yaml.Node{}}
}

// problem notes a mistake at n.
func (d *doc) problem(n *yaml.Node, fr, en string, args ...any) {
	d.add(d.file, n, fr, en, args...)
}

// problemAt notes a mistake at a path that was read before.
func (d *doc) problemAt(path, fr, en string, args ...any) {
	d.add(d.file, d.seen[path], fr, en, args...)
}

// unknown notes a word that names nothing, with what it may have meant.
func (d *doc) unknown(path string, what history.Text, word string, known []string) {
	d.unknownNode(d.seen[path], what, word, known)
}

func (d *doc) unknownNode(n *yaml.Node, what history.Text, word string, known []string) {
	h := hint(word, known)
	d.addText(d.file, n, history.Text{
		FR: fmt.Sprintf(typography("%s : « %s »%s"), what.FR, word, h.FR),
		EN: fmt.Sprintf("%s: \"%s\"%s", what.EN, word, h.EN),
	})
}

// parse reads content as exactly one YAML document; nil after a problem.
func (d *doc) parse(content []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var root yaml.Node
	if err := decoder.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			d.problem(nil, "le fichier est vide", "the file is empty")
			return nil
		}
		d.syntax(content, err)
		return nil
	}
	var more yaml.Node
	if err := decoder.Decode(&more); err == nil {
		d.problem(&more, "un seul document YAML est attendu par fichier", "one YAML document a file is expected")
		return nil
	} else if !errors.Is(err, io.EOF) {
		d.syntax(content, err)
		return nil
	}
	if len(root.Content) == 0 {
		d.problem(nil, "le fichier est vide", "the file is empty")
		return nil
	}
	return root.Content[0]
}

// field is a key that a mapping may have, and how its value is read.
type field struct {
	key      string
	required bool
	read     func(n *yaml.Node, path string)
}

// need is a field that must be there, may one that can be left out.
func need(key string, read func(*yaml.Node, string)) field { return field{key, true, read} }
func may(key string, read func(*yaml.Node, string)) field  { return field{key, false, read} }

// fields reads a mapping whose keys are known.
func (d *doc) fields(n *yaml.Node, path string, fields ...field) {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	found := map[string]bool{}
	d.mapping(n, path, func(key, value *yaml.Node) {
		i := slices.Index(known, key.Value)
		if i < 0 {
			// A misspelt key is told once, not as a missing one, too.
			found[nearest(key.Value, known)] = true
			d.unknownNode(key, history.Text{FR: "clé inconnue" + within(path).FR, EN: "unknown key" + within(path).EN}, key.Value, known)
			return
		}
		found[key.Value] = true
		fields[i].read(value, join(path, key.Value))
	})
	if resolve(n).Kind != yaml.MappingNode {
		return
	}
	for _, f := range fields {
		if f.required && !found[f.key] {
			w := within(path)
			d.problem(n, "il manque la clé « %[1]s »%[2]s", "key \"%[1]s\" is missing%[3]s", f.key, w.FR, w.EN)
		}
	}
}

// mapping reads a mapping, key by key in the order of the file.
func (d *doc) mapping(n *yaml.Node, path string, each func(key, value *yaml.Node)) {
	d.seen[path] = n
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "un groupe de clés", "a mapping")
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.problem(key, "une clé doit être un mot", "a key must be a word")
			continue
		}
		if line, twice := first[key.Value]; twice {
			d.problem(key, "la clé « %s » figure déjà à la ligne %d", "key \"%s\" already stands at line %d", key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		each(key, value)
	}
}

// list reads a sequence.
func (d *doc) list(n *yaml.Node, path string, each func(item *yaml.Node, path string)) {
	d.seen[path] = n
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, path, "une liste", "a list")
		return
	}
	for i, item := range n.Content {
		each(item, fmt.Sprintf("%s[%d]", path, i))
	}
}

// wrong notes a value of the wrong type.
func (d *doc) wrong(n *yaml.Node, path, fr, en string) {
	d.problem(n, "« %[1]s » doit être %[2]s%[4]s", "\"%[1]s\" must be %[3]s%[5]s", orFile(path), fr, en, is(n).FR, is(n).EN)
}

// text reads a sentence: {fr: ..., en: ...}, or a plain word alike in both.
func (d *doc) text(dst *history.Text) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		if resolve(n).Kind == yaml.ScalarNode {
			var s string
			d.word(&s)(n, path)
			*dst = history.Same(s)
			return
		}
		d.fields(n, path, need("fr", d.word(&dst.FR)), need("en", d.word(&dst.EN)))
	}
}

// word reads a string that is not empty.
func (d *doc) word(dst *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		v := resolve(n)
		if v.Kind != yaml.ScalarNode || v.Tag != "!!str" {
			d.wrong(v, path, "un texte", "a string")
			return
		}
		if strings.TrimSpace(v.Value) == "" {
			d.problem(v, "« %s » est vide", "\"%s\" is empty", path)
			return
		}
		*dst = v.Value
	}
}

// scalar reads a string, a number or a boolean as it was written: a version
// "1.10" must not become 1.1.
func (d *doc) scalar(dst *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		v := resolve(n)
		if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
			d.wrong(v, path, "un texte ou un nombre", "a string or a number")
			return
		}
		*dst = v.Value
	}
}

// oneOf reads a word out of a closed set.
func (d *doc) oneOf(dst *string, options ...string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		var s string
		d.word(&s)(n, path)
		if s == "" {
			return
		}
		if !slices.Contains(options, s) {
			d.unknown(path, history.Text{FR: "valeur inconnue" + within(path).FR, EN: "unknown value" + within(path).EN}, s, options)
			return
		}
		*dst = s
	}
}

// words reads a list of words.
func (d *doc) words(dst *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.list(n, path, func(item *yaml.Node, path string) {
			var s string
			d.word(&s)(item, path)
			if s != "" {
				*dst = append(*dst, s)
			}
		})
	}
}

// command reads a command as a list of arguments, numbers included.
func (d *doc) command(dst *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.list(n, path, func(item *yaml.Node, path string) {
			var s string
			d.scalar(&s)(item, path)
			*dst = append(*dst, s)
		})
		if v := resolve(n); v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
			d.problem(n, "« %s » est vide", "\"%s\" is empty", path)
		}
	}
}

// environment reads key: value pairs.
func (d *doc) environment(dst *map[string]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		env := map[string]string{}
		d.mapping(n, path, func(key, value *yaml.Node) {
			var s string
			d.scalar(&s)(value, join(path, key.Value))
			env[key.Value] = s
		})
		*dst = env
	}
}

// duration reads "1m30s", not below least.
func (d *doc) duration(dst *time.Duration, least time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		v := resolve(n)
		if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
			d.wrong(v, path, "une durée telle que 30s ou 1m30s", "a duration such as 30s or 1m30s")
			return
		}
		t, err := time.ParseDuration(strings.ReplaceAll(v.Value, " ", ""))
		switch {
		case err != nil:
			d.wrong(v, path, "une durée telle que 30s ou 1m30s", "a duration such as 30s or 1m30s")
		case t < 0:
			d.problem(v, "la durée « %s » ne peut pas être négative", "duration \"%s\" cannot be negative", path)
		case t < least:
			d.problem(v, "la durée « %[1]s » doit être d’au moins %[3]s", "duration \"%[1]s\" must be at least %[2]s", path, least, history.Length(least).FR)
		default:
			*dst = t
		}
	}
}

// integer reads a whole number between low and high.
func (d *doc) integer(dst *int, low, high int, fr, en string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		v := resolve(n)
		i, err := strconv.Atoi(v.Value)
		if v.Kind != yaml.ScalarNode || v.Tag != "!!int" || err != nil || i < low || i > high {
			d.wrong(v, path, fmt.Sprintf("%s, de %d à %d", fr, low, high), fmt.Sprintf("%s, from %d to %d", en, low, high))
			return
		}
		*dst = i
	}
}

// port reads a TCP port.
func (d *doc) port(dst *int) func(*yaml.Node, string) {
	return d.integer(dst, 1, 65535, "un numéro de port", "a port number")
}

// number reads a number for which ok holds.
func (d *doc) number(dst *float64, ok func(float64) bool, fr, en string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.seen[path] = n
		v := resolve(n)
		f, err := strconv.ParseFloat(v.Value, 64)
		numeric := v.Kind == yaml.ScalarNode && (v.Tag == "!!int" || v.Tag == "!!float")
		if !numeric || err != nil || math.IsNaN(f) || math.IsInf(f, 0) || !ok(f) {
			d.wrong(v, path, fr, en)
			return
		}
		*dst = f
	}
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for hops := 0; n.Kind == yaml.AliasNode && n.Alias != nil && hops < 100; hops++ {
		n = n.Alias
	}
	return n
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// within says in which group of keys something stands.
func within(path string) history.Text {
	if path == "" {
		return history.Text{}
	}
	return bilingual(" dans « %s »", " in \"%s\"", path)
}

func orFile(path string) string {
	if path == "" {
		return "(file)"
	}
	return path
}

// is tells what stands where something else should.
func is(n *yaml.Node) history.Text {
	switch {
	case n.Kind == yaml.MappingNode:
		return bilingual(", pas un groupe de clés", ", not a mapping")
	case n.Kind == yaml.SequenceNode:
		return bilingual(", pas une liste", ", not a list")
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null":
		return bilingual(" ; rien n’est écrit", "; nothing is written")
	}
	return bilingual(", pas « %s »", ", not \"%s\"", n.Value)
}
