package steps

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What keyboards and word processors do to a text, undone.

// spaces turns every kind of space (no-break, narrow no-break, thin, tab) into
// an ordinary one, rune for rune, and drops invisible marks of width zero.
func spaces(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u200b' || r == '\u2060' || r == '\ufeff':
			return -1
		case r != '\n' && unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
}

// apostrophes makes every apostrophe the one of the keyboard.
func apostrophes(s string) string {
	return strings.NewReplacer("’", "'", "ʼ", "'", "‘", "'").Replace(s)
}

// quotes turns « guillemets » and “curly quotes” into "plain ones", without the
// spaces inside, except within plain quotation marks.
func quotes(s string) string {
	var out strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "\"«“")
		if i < 0 {
			break
		}
		out.WriteString(s[:i])
		s = s[i:]
		closing, width := "\"", 1
		switch {
		case strings.HasPrefix(s, "«"):
			closing, width = "»", len("«")
		case strings.HasPrefix(s, "“"):
			closing, width = "”", len("“")
		}
		end := strings.Index(s[width:], closing)
		if end < 0 || closing != "\"" && strings.ContainsAny(s[width:width+end], "\"«“") {
			out.WriteString(s[:width])
			s = s[width:]
			continue
		}
		inner := s[width : width+end]
		if closing != "\"" {
			inner = strings.TrimSpace(inner)
		}
		out.WriteString(`"` + inner + `"`)
		s = s[width+end+len(closing):]
	}
	return out.String() + s
}

// single makes one space of several, except within quotation marks.
func single(s string) string {
	var out strings.Builder
	inside, space := false, false
	for _, r := range s {
		if r == '"' {
			inside = !inside
		}
		if r == ' ' && space && !inside {
			continue
		}
		space = r == ' '
		out.WriteRune(r)
	}
	return out.String()
}

// unaccented is s in lower case without accents, with single spaces: the form
// in which words are compared.
func unaccented(s string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(apostrophes(spaces(s)))) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			out.WriteString("oe")
		default:
			out.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// slug is a folder name made of s: ASCII, short, never empty.
func slug(s string) string {
	var out strings.Builder
	dash := false
	for _, r := range unaccented(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if dash && out.Len() > 0 {
				out.WriteByte('-')
			}
			out.WriteRune(r)
			dash = false
			continue
		}
		dash = true
	}
	short := out.String()
	if len(short) > 48 {
		short = short[:48]
		if i := strings.LastIndexByte(short, '-'); i > 16 {
			short = short[:i]
		}
	}
	if short == "" {
		return "scenario"
	}
	return strings.TrimRight(short, "-")
}
