//go:build !linux

package hand

import (
	"context"
	"errors"
	"io"
)

func asker(Probe) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return "", errors.New(only) }
}

const only = "the hand works on Linux only, inside its container"

func limitDescriptors(context.Context, []int) (deed, error) { return nil, errors.New(only) }
func fillMemory(context.Context, []int) (deed, error)       { return nil, errors.New(only) }
func freeze(int, bool) error                                { return errors.New(only) }
func tryProbe() string                                      { return only }
func tryDescriptors() string                                { return only }
func tryMemory() string                                     { return only }
func classOfSocket(err error) string                        { return "other: " + err.Error() }

// HogArgs are of no use here.
func HogArgs() []string { return nil }

// Hog takes no memory here.
func Hog(io.Reader, io.Writer) error { return errors.New(only) }
