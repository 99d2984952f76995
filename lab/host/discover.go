package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/netlab-dev/netlab/lab/bug"
)

// Discover finds the plugins named by extra (paths, as for Find), those in ./.lab/plugins, and those in the user's data
// directory (pluginDirectories names both), most important first. A plugin of extra that cannot be used is the error;
// one that merely lies in a directory is a notice.
func (h *Host) Discover(extra []string) ([]*Plugin, []Notice, error) {
	paths := slices.Clone(extra)
	for _, dir := range pluginDirectories() {
		found, err := filepath.Glob(filepath.Join(dir, prefix+"*")) // sorted
		if err != nil {
			return nil, nil, err
		}
		paths = append(paths, found...)
	}
	plugins, errs := make([]*Plugin, len(paths)), make([]error, len(paths))
	var all sync.WaitGroup
	for i, path := range paths {
		all.Go(bug.Guarded(func() { plugins[i], errs[i] = h.Find(path) }))
	}
	all.Wait()
	var notices []Notice
	for i, err := range errs {
		switch {
		case err == nil:
		case i < len(extra):
			return nil, nil, err
		default:
			notices = append(notices, Notice{paths[i], fmt.Sprintf("plugin left out: %v", err)})
		}
	}
	plugins = slices.DeleteFunc(plugins, func(p *Plugin) bool { return p == nil })
	return unique(plugins), notices, nil
}

// unique leaves each plugin at its first place.
func unique(plugins []*Plugin) []*Plugin {
	seen := map[*Plugin]bool{}
	return slices.DeleteFunc(plugins, func(p *Plugin) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

// pluginDirectories are where plugins are looked for without being named: ./.lab/plugins, then lab/plugins in the
// user's data directory: $XDG_DATA_HOME or what is usual on the system.
func pluginDirectories() []string {
	dirs := []string{filepath.Join(".lab", "plugins")}
	if data := dataDirectory(); data != "" {
		dirs = append(dirs, filepath.Join(data, "lab", "plugins"))
	}
	return dirs
}

// dataDirectory is to data what os.UserConfigDir is to configuration. It is empty when nothing says where.
func dataDirectory() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if runtime.GOOS == "windows" {
		return os.Getenv("LOCALAPPDATA")
	}
	home, err := os.UserHomeDir()
	switch {
	case err != nil:
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support")
	}
	return filepath.Join(home, ".local", "share")
}
