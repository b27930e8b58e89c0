package snapshot

import (
	"bufio"
	"bytes"
	"strings"
)

// Where the lists of installed packages stand in an image.
const (
	DpkgStatus    = "/var/lib/dpkg/status"
	DpkgFolder    = "/var/lib/dpkg/status.d" // of images without a shell, a file a package
	ApkInstalled  = "/lib/apk/db/installed"
	packagePrefix = "package."
)

// longestLine bounds a line of a list of packages.
const longestLine = 1 << 20

// Dpkg gives the installed packages of a Debian system, as facts. A package
// that was removed and whose settings stayed is not installed. What follows the
// first line that is beyond all measure is left out.
func Dpkg(status []byte) Facts {
	f := Facts{}
	stanzas(status, func(fields map[string]string) {
		state := strings.Fields(fields["Status"])
		// status.d tells no state: what is listed there is installed.
		if len(state) > 0 && state[len(state)-1] != "installed" {
			return
		}
		name, arch := fields["Package"], fields["Architecture"]
		if name == "" {
			return
		}
		// Two architectures of one library are two packages.
		if _, twice := f[packagePrefix+name]; twice && arch != "" {
			name += ":" + arch
		}
		f.Put(packagePrefix+name, fields["Version"])
	})
	return f
}

// stanzas reads paragraphs of "Field: value"; lines that go on from the one
// before are left out.
func stanzas(content []byte, each func(map[string]string)) {
	fields := map[string]string{}
	done := func() {
		if len(fields) > 0 {
			each(fields)
			fields = map[string]string{}
		}
	}
	in := bufio.NewScanner(bytes.NewReader(content))
	in.Buffer(nil, longestLine)
	for in.Scan() {
		line := in.Text()
		if strings.TrimSpace(line) == "" {
			done()
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		if key, value, ok := strings.Cut(line, ":"); ok {
			fields[key] = strings.TrimSpace(value)
		}
	}
	done()
}

// Apk gives the installed packages of an Alpine system, as facts.
func Apk(installed []byte) Facts {
	f := Facts{}
	stanzas(installed, func(fields map[string]string) {
		if name := fields["P"]; name != "" {
			f.Put(packagePrefix+name, fields["V"])
		}
	})
	return f
}
