package stage

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/schema"
	"gopkg.in/yaml.v3"

	"bascule/harness/history"
)

// compose-go tells a dotted path in most of its errors, the name of a service
// in the others, and never a line. These find both.
var (
	dottedPath  = regexp.MustCompile(`\b(?:services|volumes|networks|configs|secrets|include)\.[^\s:]+`)
	quotedWords = regexp.MustCompile(`(?:"([^"]+)"|undefined (?:network|volume|config|secret) ([\w.-]+))`)
	serviceName = regexp.MustCompile(`^service "?([\w.-]+)"?`)
	namedFile   = regexp.MustCompile(`(?s)^(?:validating|failed to parse) (\S+\.ya?ml): (.*)$`)
	unknownKey  = regexp.MustCompile(`^(\S+) (?:false schema|additional propert(?:y|ies) .* not allowed)$`)
)

// composeProblem notes an error of compose-go where a file shows its cause.
func (f *composeFile) composeProblem(err error) {
	message := strings.TrimSpace(err.Error())
	if m := namedFile.FindStringSubmatch(message); m != nil {
		message = m[2]
		if f = f.included(m[1]); f.root == nil {
			return // it is no YAML, and reading it has said so
		}
	}
	message = strings.TrimSuffix(message, ": invalid compose project")
	message = strings.ReplaceAll(message, f.dir+string(filepath.Separator), "")
	message = strings.Join(strings.Fields(message), " ")

	if m := unknownKey.FindStringSubmatch(message); m != nil {
		if key, path, ok := f.locate(m[1]); ok {
			f.unknownNode(key, history.Text{FR: "clé inconnue de Compose", EN: "key unknown to Compose"}, lastKey(path), composeKeys(path))
			return
		}
	}
	f.addText(f.file, f.whereabouts(message), sayCompose(message))
}

// included is the file that a message names: this one, or another that it
// includes or extends.
func (f *composeFile) included(path string) *composeFile {
	rel, err := filepath.Rel(f.dir, path)
	if err != nil || rel == filepath.Base(f.file) {
		return f
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return f
	}
	other := &composeFile{doc: newDoc(f.collector, filepath.Join(filepath.Dir(f.file), rel)), dir: f.dir, site: f.site}
	other.root = other.parse(content)
	return other
}

// whereabouts finds the node that a message of compose-go is about.
func (f *composeFile) whereabouts(message string) *yaml.Node {
	if path := dottedPath.FindString(message); path != "" {
		if n, _, ok := f.locate(strings.TrimRight(path, ".,")); ok {
			return n
		}
	}
	scope, at := f.root, f.root
	if m := serviceName.FindStringSubmatch(message); m != nil {
		if n, _, ok := f.locate("services." + m[1]); ok {
			at = n
			_, scope = child(valueOf(f.root, "services"), m[1])
		}
	}
	// The offender is quoted, too: the undefined service, volume, variable...
	words := quotedWords.FindAllStringSubmatch(message, -1)
	for i := len(words) - 1; i >= 0 && scope != nil; i-- {
		if n := mention(scope, words[i][1]+words[i][2], 0); n != nil {
			return n
		}
	}
	for _, word := range strings.Fields(message) {
		if n := mention(scope, strings.Trim(word, `"'`+"`,:"), 0); n != nil && len(word) > 2 {
			return n
		}
	}
	if at == f.root {
		return nil
	}
	return at
}

// locate follows a dotted path as far as it goes. Keys may hold dots
// themselves, so the longest key that fits is taken. It gives the key of the
// last part found (or the item of a list) and its path.
func (f *composeFile) locate(path string) (*yaml.Node, []string, bool) {
	path = strings.NewReplacer("[", ".", "]", "").Replace(path)
	n, rest := f.root, path
	var at *yaml.Node
	var keys []string
	for rest != "" && n != nil {
		key, value, name := step(resolve(n), rest)
		if value == nil {
			break
		}
		at, n = key, value
		keys = append(keys, name)
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, name), ".")
	}
	return at, keys, at != nil
}

// step finds the child that rest begins with.
func step(n *yaml.Node, rest string) (key, value *yaml.Node, name string) {
	if n.Kind == yaml.SequenceNode {
		index := 0
		digits, _, _ := strings.Cut(rest, ".")
		for _, r := range digits {
			if r < '0' || r > '9' || index > len(n.Content) {
				return nil, nil, ""
			}
			index = index*10 + int(r-'0')
		}
		if digits == "" || index >= len(n.Content) {
			return nil, nil, ""
		}
		return n.Content[index], n.Content[index], digits
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		k := n.Content[i].Value
		if (rest == k || strings.HasPrefix(rest, k+".")) && len(k) > len(name) {
			key, value, name = n.Content[i], n.Content[i+1], k
		}
	}
	return key, value, name
}

// child is a key of a mapping and its value.
func child(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n == nil {
		return nil, nil
	}
	n = resolve(n)
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func valueOf(n *yaml.Node, name string) *yaml.Node {
	_, v := child(n, name)
	return v
}

// mention is the first scalar that is word, or begins with it before a colon as
// in "data:/var/lib".
func mention(n *yaml.Node, word string, depth int) *yaml.Node {
	if depth > maxDepth || word == "" {
		return nil
	}
	if n.Kind == yaml.ScalarNode && (n.Value == word || strings.HasPrefix(n.Value, word+":") || strings.HasSuffix(n.Value, ":"+word)) {
		return n
	}
	for _, c := range n.Content {
		if found := mention(c, word, depth+1); found != nil {
			return found
		}
	}
	return nil
}

func lastKey(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// composeKeys lists what Compose knows beside the last key of path.
func composeKeys(path []string) []string {
	var known []string
	for _, p := range schema.AttributePaths() {
		parts := p.Parts()
		if len(parts) != len(path) {
			continue
		}
		fits := true
		for i := range len(parts) - 1 {
			fits = fits && (parts[i] == path[i] || parts[i] == "*")
		}
		if last := parts[len(parts)-1]; fits && last != "*" {
			known = append(known, last)
		}
	}
	return known
}
