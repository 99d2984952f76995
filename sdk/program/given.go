package program

import (
	"fmt"
	"path"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// checkEnv says which name no variable of an environment can have.
func checkEnv(env sdk.Fields) error {
	for _, f := range env {
		if f.Name == "" || strings.ContainsAny(f.Name, "=\x00") {
			return fmt.Errorf("env: got the name %q, want one without =, such as {\"HOME\": \"/\"}", f.Name)
		}
	}
	return nil
}

// checkFiles says which files cannot be on one disk of that size.
func checkFiles(files sdk.Fields, room int64) error {
	names, size := map[string]string{}, int64(0)
	for _, f := range files {
		text, err := textOf(f)
		if err != nil {
			return err
		}
		at := clean(f.Name)
		other, ok := names[at]
		switch {
		case at == "":
			return fmt.Errorf("files: %q is a directory, want a path of a file", f.Name)
		case ok:
			return fmt.Errorf("files: %q and %q are the same file", other, f.Name)
		}
		names[at] = f.Name
		size += int64(len(text))
	}
	for _, f := range files {
		for in := path.Dir(clean(f.Name)); in != "."; in = path.Dir(in) {
			if other, ok := names[in]; ok {
				return fmt.Errorf("files: %q is a file, so %q cannot be in it", other, f.Name)
			}
		}
	}
	if size > room {
		return fmt.Errorf("files: they have %d bytes, and disk is %d", size, room)
	}
	return nil
}

// textOf is what a file holds.
func textOf(f sdk.Field) ([]byte, error) {
	switch text := f.Value.(type) {
	case []byte:
		return text, nil
	case string:
		return []byte(text), nil
	}
	return nil, fmt.Errorf("files: %s: got %T, want a text or bytes", f.Name, f.Value)
}
