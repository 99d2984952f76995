package regular

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many symbolic links a path may lead through, as in Linux.
const maxLinks = 40

// Distrust says why nothing at a path is run: somebody other than the user and root could have put it there.
type Distrust struct {
	Path string // the file or directory that others control
	Why  string // "belongs to user 65534 (mode drwxr-xr-x)"
	Mend string // the command that ends it
}

func (d *Distrust) String() string {
	return fmt.Sprintf("%s %s; to mend it: %s", d.Path, d.Why, d.Mend)
}

// Suspect looks at what an absolute path leads to, every directory above that, and every symbolic link on the way, and
// returns the first that others control, nil for none. A path that cannot be followed is the error. What is found to be
// in nobody else's hands stays so: it takes one of these directories to replace anything below. others are the bits of a
// mode that let others write. Whose things are counts from the directory own on, which no link may lead to; "" counts
// from the root.
func Suspect(path string, others fs.FileMode, own string) (*Distrust, error) {
	volume := filepath.VolumeName(path)
	at := volume + string(filepath.Separator)
	rest := split(path[len(volume):])
	owned := own == ""
	for links := 0; ; {
		info, err := os.Lstat(at)
		if err != nil {
			return nil, err
		}
		owned = owned || at == own
		if d := controlled(at, info, others, owned); d != nil {
			return d, nil
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if links++; links > maxLinks {
				return nil, fmt.Errorf("%s: more than %d symbolic links", path, maxLinks)
			}
			target, err := os.Readlink(at)
			if err != nil {
				return nil, err
			}
			rest = append(split(target), rest...)
			at = filepath.Dir(at)
			if filepath.IsAbs(target) {
				at = volume + string(filepath.Separator)
			}
		}
		if len(rest) == 0 {
			return nil, nil
		}
		at, rest = filepath.Join(at, rest[0]), rest[1:] // at holds no link any more, so ".." is its parent
	}
}

// split returns the elements of a path.
func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return os.IsPathSeparator(uint8(r)) && r < 0x80 })
}
