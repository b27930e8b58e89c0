package engine

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// concealed stands where a value stood that may be secret.
const concealed = "•••"

// leastConcealed is the shortest value that is concealed, in characters: of
// shorter ones too much of a log would go that is none.
const leastConcealed = 4

// Conceal notes contents that no log line may show from now on, beside what the
// environment of its container holds: secrets that are given as files.
func (e *Engine) Conceal(contents ...string) {
	e.secretsLock.Lock()
	defer e.secretsLock.Unlock()
	for _, c := range contents {
		e.secrets = append(e.secrets, wordsOf(c)...)
	}
	slices.Sort(e.secrets)
	e.secrets = slices.Compact(e.secrets)
}

// shown is a text as errors, and so records and reports, may hold it: without
// the values that its container was given. Where these cannot be told nothing of
// the text is shown.
func (e *Engine) shown(ctx context.Context, id, text string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	env, err := e.Environment(ctx, id)
	if err != nil {
		return fmt.Sprintf("(not shown, since what is secret in it cannot be told: %v)", err)
	}
	e.secretsLock.Lock()
	words := slices.Clone(e.secrets)
	e.secretsLock.Unlock()
	for _, v := range env {
		_, value, _ := strings.Cut(v, "=")
		words = append(words, wordsOf(value)...)
	}
	return conceal(text, words)
}

var (
	// passwordOfURL is one wherever a URL stands, in a value or in a line.
	passwordOfURL = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@"']*:([^\s/"']+)@`)
	// passwordOfPair is one in a connection string: "host=db password=x".
	passwordOfPair = regexp.MustCompile(`(?i)(?:passw(?:or)?d|pwd|secret|token|key)=("[^"]*"|'[^']*'|[^\s;&,]+)`)
)

// wordsOf are a value and those of its parts that are secret on their own, each
// as it is and as URLs and quotes write it.
func wordsOf(value string) (out []string) {
	parts := []string{value}
	for line := range strings.Lines(value) {
		parts = append(parts, line)
		// A file of settings: what stands behind the name of one.
		if i := strings.IndexAny(line, "=:"); i >= 0 && strings.Contains(strings.TrimSpace(value), "\n") {
			parts = append(parts, strings.Trim(strings.TrimSpace(line[i+1:]), `"',`))
		}
	}
	for _, secret := range []*regexp.Regexp{passwordOfURL, passwordOfPair} {
		for _, m := range secret.FindAllStringSubmatch(value, -1) {
			parts = append(parts, strings.Trim(m[1], `"'`))
		}
	}
	for _, p := range parts {
		if p = strings.TrimSpace(p); utf8.RuneCountInString(p) < leastConcealed {
			continue
		}
		quoted := strconv.Quote(p)
		out = append(out, p, url.QueryEscape(p), url.PathEscape(p), quoted[1:len(quoted)-1])
		if plain, err := url.PathUnescape(p); err == nil && utf8.RuneCountInString(plain) >= leastConcealed {
			out = append(out, plain)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// conceal replaces what any of the words covers, however they overlap, and the
// password of any URL.
func conceal(text string, words []string) string {
	covered := make([]bool, len(text))
	cover := func(from, to int) {
		for i := from; i < to; i++ {
			covered[i] = true
		}
	}
	for _, w := range words {
		for from := 0; w != ""; {
			i := strings.Index(text[from:], w)
			if i < 0 {
				break
			}
			cover(from+i, from+i+len(w))
			from += i + 1
		}
	}
	for _, m := range passwordOfURL.FindAllStringSubmatchIndex(text, -1) {
		cover(m[2], m[3])
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case !covered[i]:
			b.WriteByte(text[i])
		case i == 0 || !covered[i-1]:
			b.WriteString(concealed)
		}
	}
	return b.String()
}
