package program

import (
	"fmt"
	"testing"

	"github.com/netlab-dev/netlab/sdk"
)

func TestWhatCannotBeGivenIsAnError(t *testing.T) {
	for _, test := range []struct {
		env, files sdk.Fields
		want       string
	}{
		{env: sdk.Fields{{Name: "A", Value: "b=c"}}, files: sdk.Fields{{Name: "etc/x", Value: "12345678"}, {Name: "/etc/y", Value: []byte{}}}, want: "<nil>"},
		{env: sdk.Fields{{Name: "A=B", Value: "c"}}, want: `env: got the name "A=B", want one without =, such as {"HOME": "/"}`},
		{env: sdk.Fields{{Name: "", Value: "c"}}, want: `env: got the name "", want one without =, such as {"HOME": "/"}`},
		{files: sdk.Fields{{Name: "/x", Value: int64(3)}}, want: "files: /x: got int64, want a text or bytes"},
		{files: sdk.Fields{{Name: "/", Value: ""}}, want: `files: "/" is a directory, want a path of a file`},
		{files: sdk.Fields{{Name: "/x", Value: "a"}, {Name: "y/../x", Value: "b"}}, want: `files: "/x" and "y/../x" are the same file`},
		{files: sdk.Fields{{Name: "/a/b/c", Value: ""}, {Name: "/a", Value: ""}}, want: `files: "/a" is a file, so "/a/b/c" cannot be in it`},
		{files: sdk.Fields{{Name: "/x", Value: "123456789"}}, want: "files: they have 9 bytes, and disk is 8"},
	} {
		err := checkEnv(test.env)
		if err == nil {
			err = checkFiles(test.files, 8)
		}
		if got := fmt.Sprint(err); got != test.want {
			t.Errorf("env %v, files %v: %s\nwant %s", test.env, test.files, got, test.want)
		}
	}
}
