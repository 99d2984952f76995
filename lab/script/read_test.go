package script

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

func TestOnlyARegularFileOfBoundedSizeIsRead(t *testing.T) {
	t.Chdir(t.TempDir()) // the path of a socket is short
	socket, err := net.Listen("unix", "socket.star")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := os.Mkdir("folder.star", 0o755); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat(" ", star.MaxSource+1)
	if err := os.WriteFile("long.star", []byte(long), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"socket.star": "socket.star is a socket, want a file",
		"folder.star": "folder.star is a directory, want a file",
		"long.star":   "long.star has 262145 bytes, want at most 262144",
		os.DevNull:    "/dev/null is a device, want a file",
		"gone.star":   "cannot read gone.star: no such file or directory",
	} {
		if _, err := load.ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if err := os.WriteFile("good.star", []byte(long[1:]), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("good.star", "link.star"); err != nil {
		t.Fatal(err)
	}
	if text, err := load.ReadFile(filepath.Join(".", "link.star")); err != nil || string(text) != long[1:] {
		t.Errorf("a link to a regular file: got %d bytes, %v", len(text), err)
	}
}

func TestTextIsUTF8WithoutAMarkAndWithLinesThatEndAlike(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                  "",
		"\ufeffx = 1\r\ny = 2\rz = 3\n":     "x = 1\ny = 2\nz = 3\n",
		"x = \"\ufeff\"":                    "x = \"\ufeff\"",
		"\xff\xfex\x00":                     "error: x.star is text in UTF-16, want UTF-8",
		"\xfe\xff\x00x":                     "error: x.star is text in UTF-16, want UTF-8",
		"x\x00":                             "error: x.star:1:2: a byte of value 0, want text",
		"\ufeffä = 1\r\n\"ä\xe4\"":          "error: x.star:2:3: the byte 0xe4 is not UTF-8",
		strings.Repeat("x", star.MaxSource): strings.Repeat("x", star.MaxSource),
	} {
		text, err := load.Text("x.star", []byte(raw))
		got := string(text)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%.30q: got %.60q, want %.60q", raw, got, want)
		}
	}
}
