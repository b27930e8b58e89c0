package workload

import (
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

// field is what a template of a stage may name.
type field uint8

const (
	text        field = iota // a literal piece
	fieldID                  // {{.ID}}: prefix, a dash, the number
	fieldSeq                 // {{.Seq}}: the number
	fieldPrefix              // {{.Prefix}}
)

// values are what the fields stand for in one request.
type values struct {
	ID     string
	Seq    uint64
	Prefix string
}

// piece is a literal, or a field.
type piece struct {
	is  field
	lit string
}

// rendered is a template made ready: text/template costs more than the whole
// rest of sending a request, so templates of plain fields, which are nearly all
// of them, are cut into pieces once. Others keep going through text/template.
type rendered struct {
	pieces []piece
	slow   *template.Template
}

// compile reads a text/template over .ID, .Seq and .Prefix.
func compile(name, source string) (rendered, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(source)
	if err != nil {
		return rendered{}, fmt.Errorf("template of %s: %w", name, err)
	}
	// Executing once finds what parsing does not: a field that is not there.
	if err := t.Execute(&strings.Builder{}, values{ID: "p-1", Seq: 1, Prefix: "p"}); err != nil {
		return rendered{}, fmt.Errorf("template of %s: %w (the fields are .ID, .Seq and .Prefix)", name, err)
	}
	if t.Tree == nil || t.Tree.Root == nil {
		return rendered{}, nil
	}
	pieces := make([]piece, 0, len(t.Tree.Root.Nodes))
	for _, n := range t.Tree.Root.Nodes {
		p, ok := pieceOf(n)
		if !ok {
			return rendered{slow: t}, nil
		}
		pieces = append(pieces, p)
	}
	return rendered{pieces: pieces}, nil
}

// pieceOf is the piece that a node of the template stands for, if it is a
// literal or exactly one field.
func pieceOf(n parse.Node) (piece, bool) {
	switch n := n.(type) {
	case *parse.TextNode:
		return piece{is: text, lit: string(n.Text)}, true
	case *parse.ActionNode:
		if len(n.Pipe.Decl) != 0 || len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 1 {
			return piece{}, false
		}
		f, ok := n.Pipe.Cmds[0].Args[0].(*parse.FieldNode)
		if !ok || len(f.Ident) != 1 {
			return piece{}, false
		}
		is, ok := map[string]field{"ID": fieldID, "Seq": fieldSeq, "Prefix": fieldPrefix}[f.Ident[0]]
		return piece{is: is}, ok
	}
	return piece{}, false
}

// append adds the text for v to b.
func (r rendered) append(b []byte, v values) ([]byte, error) {
	if r.slow != nil {
		var s strings.Builder
		if err := r.slow.Execute(&s, v); err != nil {
			return b, fmt.Errorf("render: %w", err)
		}
		return append(b, s.String()...), nil
	}
	for _, p := range r.pieces {
		switch p.is {
		case text:
			b = append(b, p.lit...)
		case fieldID:
			b = append(b, v.ID...)
		case fieldSeq:
			b = strconv.AppendUint(b, v.Seq, 10)
		case fieldPrefix:
			b = append(b, v.Prefix...)
		}
	}
	return b, nil
}
