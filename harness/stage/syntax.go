package stage

import (
	"regexp"
	"strconv"
	"strings"

	yaml4 "go.yaml.in/yaml/v4"
	"gopkg.in/yaml.v3"
)

// yamlPlace finds the places in a message of the YAML reader. The last one is
// where it gave up; the one before tells where the construct began.
var yamlPlace = regexp.MustCompile(`(?: at )?(?:line (\d+)(?:, column (\d+))?|<unknown position>)(?:: )?`)

// syntax notes that content is not YAML. The reader of the nodes tells a line
// at most, so the place is asked of the reader that Compose files go through as
// well. Both count the lines of grammar errors from 0, of others from 1.
func (d *doc) syntax(content []byte, err error) {
	var any any
	if better := yaml4.Unmarshal(content, &any); better != nil {
		err = better
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	at := &yaml.Node{Line: 1, Column: 1}
	if places := yamlPlace.FindAllStringSubmatch(text, -1); places != nil {
		last := places[len(places)-1]
		if line, err := strconv.Atoi(last[1]); err == nil {
			at.Line = line
		}
		if column, err := strconv.Atoi(last[2]); err == nil {
			at.Column = column
		}
		if strings.Contains(text, "while parsing") || strings.Contains(text, "did not find expected") {
			at.Line++
		}
	}
	text = strings.TrimSpace(yamlPlace.ReplaceAllString(text, ": "))
	text = strings.TrimPrefix(strings.ReplaceAll(text, ": : ", ": "), ": ")
	d.problem(at, "ce YAML est mal formé : %s", "this is not well-formed YAML: %s", text)
}
