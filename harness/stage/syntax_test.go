package stage

import "testing"

// The YAML readers count the lines of some errors from 0 and of others from 1:
// an author must find the mistake where the message says.
func TestSyntaxErrorsTellTheRightPlace(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"a: 1\nb: c: d\n", `f:2:5: this is not well-formed YAML: mapping values are not allowed in this context`},
		{"a: 1\nb: [x\nc: 2\n", `f:3:2: this is not well-formed YAML: while parsing a flow sequence: did not find expected ',' or ']'`},
		{"a: 1\nb: 2\n- c\n", `f:3:1: this is not well-formed YAML: while parsing a block mapping: did not find expected key`},
		{"a: 1\n\tb: 2\n", `f:2:1: this is not well-formed YAML: while scanning a plain scalar: found a tab character that violates indentation`},
		{"a: 1\nb: *nope\n", `f:2:5: this is not well-formed YAML: unknown anchor 'nope' referenced`},
		{"x: 1\ny: %a\n", `f:2:4: this is not well-formed YAML: while scanning for the next token: found character that cannot start any token`},
		{"k: \x01", `f:1:1: this is not well-formed YAML: offset 3: control characters are not allowed`},
		{"", "f:1:1: the file is empty"},
		{"# nothing\n", "f:1:1: the file is empty"},
	} {
		c2 := &collector{}
		newDoc(c2, "f").parse([]byte(c.yaml))
		if got := c2.sorted().Error(); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.yaml, got, c.want)
		}
	}
}
