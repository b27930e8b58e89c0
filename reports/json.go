package reports

import (
	_ "embed" // the schema
	"encoding/json"
	"io"
	"reflect"
)

// Schema is the JSON Schema of the JSON report.
//
//go:embed report.schema.json
var Schema []byte

// JSON writes report.json: the whole model, versioned by its "format". Same
// model, same bytes.
type JSON struct{}

var _ Writer = JSON{}

// Name is the file.
func (JSON) Name() string { return "report.json" }

// Write writes the model. Lists are always lists, never null.
func (JSON) Write(w io.Writer, m Model) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(listed(reflect.ValueOf(m)).Interface())
}

// listed is a copy of v in which every nil slice is an empty one, so that
// readers need not tell null from []. The value given is left alone.
func listed(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v) // unexported fields (those of time.Time) come along
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(listed(v.Field(i)))
			}
		}
		return out
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(listed(v.Index(i)))
		}
		return out
	}
	return v
}
