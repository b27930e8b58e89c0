package engine

import (
	"archive/tar"
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

func TestFilesOfAContainer(t *testing.T) {
	e, s := connect(t)
	ctx := t.Context()
	n, err := e.CreateControlNetwork(ctx, s, "n-"+s.Run)
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.Create(ctx, Spec{Name: "files-" + s.Run, Image: sleeper(t, e, s), Network: n, Labels: s.Labels(nil),
		Config: func(c *container.Config) { c.Env = []string{"CURRENCY=EUR"} }})
	if err != nil {
		t.Fatal(err)
	}
	if has, err := e.HasFile(ctx, id, "/key.pem"); err != nil || has {
		t.Errorf("a file that nobody wrote: %v, %v", has, err)
	}
	want := File{Path: "/key.pem", Content: []byte("first\n"), Mode: 0o640, UID: 1234, GID: 5678}
	for _, content := range []string{"first\n", "second, and longer\n"} {
		want.Content = []byte(content)
		if err := e.WriteFile(ctx, id, want); err != nil {
			t.Fatal(err)
		}
		got, err := e.ReadFile(ctx, id, want.Path)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if has, err := e.HasFile(ctx, id, "/key.pem"); err != nil || !has {
		t.Errorf("the file that was written: %v, %v", has, err)
	}
	var link bytes.Buffer
	w := tar.NewWriter(&link)
	if err := w.WriteHeader(&tar.Header{Name: "live.pem", Typeflag: tar.TypeSymlink, Linkname: "/key.pem", Mode: 0o777}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.api.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: &link}); err != nil {
		t.Fatal(err)
	}
	if got, err := e.ReadFile(ctx, id, "/live.pem"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("through a link: %+v, %v, want %+v", got, err, want)
	}
	if _, err := e.ReadFile(ctx, id, "/"); err == nil {
		t.Error("a folder is read as a file")
	}
	if env, err := e.Environment(ctx, id); err != nil || !slices.Contains(env, "CURRENCY=EUR") {
		t.Errorf("environment %v, %v", env, err)
	}
	if err := e.Remove(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := e.HasFile(ctx, id, "/key.pem"); err == nil {
		t.Error("a container that is gone has no file to speak of")
	}
}
