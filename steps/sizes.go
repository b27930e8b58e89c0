package steps

import (
	"regexp"
	"strings"
)

// Rates and sizes as people write them: 64 ko/s, 2 Mbit/s, 512 octets, 1 kB.

const (
	byteRate = numberPattern + ` ?(?:[kKmM](?:o|B|bit|bits)/s)`
	byteSize = numberPattern + ` ?(?:octets?|bytes?|[kKmM]?[oB])`
)

// byteUnit is the unit of a byte rate.
var byteUnit = regexp.MustCompile(`^(.*?) ?([kKmM])(o|B|bit|bits)/s$`)

// byteRate reads "64 ko/s" as kilobytes a second.
func (b *builder) byteRate(text string) (int64, bool) {
	m := byteUnit.FindStringSubmatch(text)
	if m == nil {
		b.errorAt(text, "« %s » n’est pas un débit : écrivez par exemple « 64 ko/s »", "%q is not a rate: write \"64 kB/s\", for example", text)
		return 0, false
	}
	v, err := parseNumber(m[1], b.lang)
	if err != nil {
		b.errorAt(text, "%s", "%s", err.Error())
		return 0, false
	}
	if strings.EqualFold(m[2], "m") {
		v *= 1000
	}
	if strings.HasPrefix(m[3], "bit") {
		v /= 8
	}
	if v < 1 {
		b.errorAt(text, "« %s » : au moins 1 ko/s", "%q: at least 1 kB/s", text)
		return 0, false
	}
	return int64(v), true
}

var sizeUnit = regexp.MustCompile(`^(.*?) ?(octets?|bytes?|[kKmM]?[oB])$`)

// byteSize reads "1 ko" as bytes.
func (b *builder) byteSize(text string) (int64, bool) {
	m := sizeUnit.FindStringSubmatch(text)
	if m == nil {
		b.errorAt(text, "« %s » n’est pas une taille : écrivez par exemple « 512 octets » ou « 64 ko »", "%q is not a size: write \"512 bytes\" or \"64 kB\", for example", text)
		return 0, false
	}
	v, err := parseNumber(m[1], b.lang)
	if err != nil {
		b.errorAt(text, "%s", "%s", err.Error())
		return 0, false
	}
	switch strings.ToLower(m[2])[0] {
	case 'k':
		v *= 1000
	case 'm':
		v *= 1000 * 1000
	}
	if v < 1 {
		b.errorAt(text, "« %s » : au moins 1 octet", "%q: at least 1 byte", text)
		return 0, false
	}
	return int64(v), true
}
