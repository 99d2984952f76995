package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/regular"
)

// FindAll finds the plugins at the paths, as Find does each, and starts them at the same time. One that cannot be used is
// a notice in their place.
func (h *Host) FindAll(paths []string) ([]*Plugin, []Notice) {
	plugins, errs := h.findAll(paths)
	var notices []Notice
	for i, err := range errs {
		if err != nil {
			notices = append(notices, Notice{paths[i], fmt.Sprintf("plugin left out: %v", err)})
		}
	}
	return unique(plugins), notices
}

// FindNamed is FindAll for plugins that somebody has asked for: one that cannot be used is the error.
func (h *Host) FindNamed(paths []string) ([]*Plugin, error) {
	plugins, errs := h.findAll(paths)
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return unique(plugins), nil
}

func (h *Host) findAll(paths []string) ([]*Plugin, []error) {
	plugins, errs := make([]*Plugin, len(paths)), make([]error, len(paths))
	var all sync.WaitGroup
	for i, path := range paths {
		all.Go(bug.Guarded(func() { plugins[i], errs[i] = h.Find(path) }))
	}
	all.Wait()
	return plugins, errs
}

// unique leaves each plugin at its first place, and nil out.
func unique(plugins []*Plugin) []*Plugin {
	seen := map[*Plugin]bool{nil: true}
	return slices.DeleteFunc(plugins, func(p *Plugin) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

// Installed returns the paths of the programs named lab-plugin-NAME in lab/plugins of the user's data directory, sorted,
// and starts none. Those that somebody else could have put there are left out, each with a notice: such a program would
// run as the user of every lab.
func Installed() (paths []string, notices []Notice) {
	data := dataDirectory()
	if data == "" {
		return nil, nil
	}
	dir := filepath.Join(data, "lab", "plugins")
	entries, err := os.ReadDir(dir) // sorted; a directory that is not there holds nothing
	if err != nil {
		return nil, nil
	}
	known := map[string]bool{} // one notice for a directory, however many plugins are in it
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), build.Prefix) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		found, err := regular.Suspect(path, 0o022, "")
		switch {
		case err != nil:
			notices = append(notices, Notice{path, fmt.Sprintf("plugin %s left out: %v", path, err)})
		case found == nil && build.IsDirectory(path):
			notices = append(notices, Notice{path, fmt.Sprintf(
				"plugin %s left out: a directory, want a program; name it in the script or by --plugin", path)})
		case found == nil:
			paths = append(paths, path)
		case !known[found.Path]:
			known[found.Path] = true
			notices = append(notices, Notice{path, fmt.Sprintf("plugin %s left out: %s", path, found)})
		}
	}
	return paths, notices
}

// Unread tells of plugins in ./.lab/plugins: whoever made the working directory has put them there, so they are not run.
func Unread() []Notice {
	folder := filepath.Join(".lab", "plugins")
	if _, err := os.Lstat(folder); err != nil {
		return nil
	}
	text := fmt.Sprintf("%s is no longer read; name a plugin in the script, plugin(%q), or by --plugin", folder,
		"./"+filepath.ToSlash(filepath.Join(folder, build.Prefix+"NAME")))
	if data := dataDirectory(); data != "" {
		text += ", or move it to " + filepath.Join(data, "lab", "plugins")
	}
	return []Notice{{folder, text}}
}

// dataDirectory is to data what os.UserConfigDir is to configuration. It is empty when nothing says where.
func dataDirectory() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	home, err := os.UserHomeDir()
	switch {
	case err != nil, !filepath.IsAbs(home):
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support")
	}
	return filepath.Join(home, ".local", "share")
}
