package regular

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"github.com/netlab-dev/netlab/lab/shell"
)

// controlled tells whether somebody other than the user and root may change a file, replace it, or, for a directory,
// what is in it. In a directory with the sticky bit everybody may add, and nobody replace: what is in it is looked at by
// itself. Bits of a list of access rights show in those of the group. Whose it is counts only when it has to be owned.
func controlled(path string, info fs.FileInfo, others fs.FileMode, owned bool) *Distrust {
	owner, self := int(info.Sys().(*syscall.Stat_t).Uid), os.Geteuid()
	mode := info.Mode()
	switch {
	case owned && owner != self && owner != 0:
		return &Distrust{path, fmt.Sprintf("belongs to %s (mode %v)", userName(owner), mode),
			fmt.Sprintf("chown -h %s %s", userName(self), shell.Quote(path))}
	case mode&fs.ModeSymlink != 0, mode.IsDir() && mode&fs.ModeSticky != 0, mode.Perm()&others == 0:
		return nil
	}
	return &Distrust{path, fmt.Sprintf("belongs to %s and is writable by others (mode %v)", userName(owner), mode),
		"chmod go-w " + shell.Quote(path)}
}

// userName is a user's name, or the number of one that has none.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
