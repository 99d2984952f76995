package program

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
)

// diskEnv is an environment of which there is only the disk.
type diskEnv struct {
	sdk.Env
	disk *disk.Disk
}

func (e diskEnv) Disk() sdk.Disk { return e.disk }

// boot is a program on a disk, without the program.
func boot(t *testing.T, backing disk.Backing, size int64) *process {
	t.Helper()
	p := &process{env: diskEnv{disk: disk.New(backing, disk.Options{})}, diskSize: size}
	if err := p.openFiles(); err != nil {
		t.Fatal(err)
	}
	return p
}

// content is what all paths lead to: the text of a file, "/" for a directory.
func content(t *testing.T, p *process) map[string]string {
	t.Helper()
	paths, all := map[*node]string{}, map[string]string{}
	p.tree.walk(func(in *node, name string, n *node) {
		path := strings.TrimPrefix(paths[in]+"/"+name, "/")
		paths[n] = path
		if all[path] = "/"; n.names == nil {
			f, err := p.tree.open(n)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			text := make([]byte, n.size)
			if _, err := f.ReadAt(text, 0); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			all[path] = string(text)
		}
	})
	return all
}

// on does something where a path leads.
func on(p *process, path string, do func(p *process, at place) errno) errno {
	at, no := p.tree.find(p.tree.nodes[rootNumber], path)
	if no != success {
		return no
	}
	return do(p, at)
}

func rename(p *process, from, to string) errno {
	return on(p, from, func(p *process, source place) errno {
		return on(p, to, func(p *process, target place) errno { return p.rename(source, target) })
	})
}

// create makes a file and opens it.
func create(t *testing.T, p *process, path string) (f *file, no errno) {
	t.Helper()
	no = on(p, path, func(p *process, at place) errno {
		n, no := p.create(at, false)
		if no != success {
			return no
		}
		open, err := p.tree.open(n)
		if err != nil {
			t.Fatal(err)
		}
		n.open++
		f = &file{file: open, node: n, writes: true}
		return success
	})
	return f, no
}

// put makes a file whose content is durable.
func put(t *testing.T, p *process, path, text string) errno {
	t.Helper()
	f, no := create(t, p, path)
	if no == success {
		f.syncs = true
		_, no = f.write(p, []byte(text))
		f.close(p)
	}
	return no
}

// TestALossOfPowerTakesNamesBackToTheLastSync makes changes by chance and compares with a model: a map.
func TestALossOfPowerTakesNamesBackToTheLastSync(t *testing.T) {
	for seed := range uint64(200) {
		draw := rand.New(rand.NewPCG(seed, 0))
		backing := disk.Memory()
		p := boot(t, backing, 1<<20)
		p.tree.spare = draw.IntN(10) // a log that is written anew often
		now, durable := map[string]string{}, map[string]string{}
		for step := range 80 {
			path, other := anyPath(draw), anyPath(draw)
			did := fmt.Sprintf("seed %d, step %d: %s %s", seed, step, path, other)
			switch draw.IntN(8) {
			case 0:
				if on(p, path, (*process).makeDirectory) == success {
					now[path] = "/"
				}
			case 1, 2:
				if now[path] == "" && put(t, p, path, did) == success {
					now[path] = did
				}
			case 3, 4:
				if rename(p, path, other) == success && path != other {
					move(now, path, other)
				}
			case 5:
				if on(p, path, (*process).unlink) == success || on(p, path, (*process).removeDirectory) == success {
					delete(now, path)
				}
			case 6:
				if err := p.tree.sync(); err != nil {
					t.Fatal(err)
				}
				durable = maps.Clone(now)
			case 7:
				if draw.IntN(2) == 0 {
					p.env.(diskEnv).disk.Crash()
					now = maps.Clone(durable)
				} else if err := p.env.(diskEnv).disk.Kill(); err != nil {
					t.Fatal(err)
				} else {
					durable = maps.Clone(now)
				}
				spare := p.tree.spare
				p = boot(t, backing, 1<<20)
				p.tree.spare = spare
			}
			if diff := cmp.Diff(now, content(t, p)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", did, diff)
			}
		}
		if names, err := backing.List(); err != nil || len(names) > 2+len(now)+len(p.tree.gone)+len(p.tree.fresh) {
			t.Errorf("seed %d: %d files on the disk, of %d paths: %v", seed, len(names), len(now), err)
		}
	}
}

func anyPath(draw *rand.Rand) string {
	path := string('a' + rune(draw.IntN(3)))
	for range draw.IntN(3) {
		path += "/" + string('a'+rune(draw.IntN(3)))
	}
	return path
}

// move is what a rename does to the model.
func move(all map[string]string, from, to string) {
	for path, text := range maps.Clone(all) {
		if rest := strings.TrimPrefix(path, from); path == from || rest != path && rest[0] == '/' {
			delete(all, path)
			all[to+rest] = text
		}
	}
}

// TestALongLogOfNamesIsWrittenAnew makes and removes a file very often.
func TestALongLogOfNamesIsWrittenAnew(t *testing.T) {
	backing := disk.Memory()
	p := boot(t, backing, 1<<20)
	for i := range 5000 {
		if no := put(t, p, "x", "1"); no != success {
			t.Fatal(no)
		}
		if rename(p, "x", "y") != success || i%100 == 0 && p.tree.sync() != nil {
			t.Fatal("not renamed, or not synced")
		}
	}
	if p.tree.lines > 1500 {
		t.Errorf("%d lines for one name", p.tree.lines)
	}
	p.env.(diskEnv).disk.Crash()
	if diff := cmp.Diff(map[string]string{"y": "1"}, content(t, boot(t, backing, 1<<20))); diff != "" {
		t.Error(diff)
	}
}

// TestFilesThatComeAndGoLeaveNothingBehind is about a program that never syncs a directory, as most.
func TestFilesThatComeAndGoLeaveNothingBehind(t *testing.T) {
	p := boot(t, disk.Memory(), 1<<20)
	for range 30_000 { // the lines of which take more than the disk has
		if put(t, p, "x", "1") != success || on(p, "x", (*process).unlink) != success {
			t.Fatal("not made, or not removed")
		}
	}
	if n := len(p.tree.fresh) + len(p.tree.gone) + len(p.tree.nodes); n != 1 || p.tree.used != 0 {
		t.Errorf("%d files are kept in mind, want the root; %d bytes are used", n, p.tree.used)
	}
}

// TestALogThatACrashHasCutEndsBefore is about a process that is killed while its system writes a line.
func TestALogThatACrashHasCutEndsBefore(t *testing.T) {
	backing := disk.Memory()
	p := boot(t, backing, 1<<20)
	if put(t, p, "a", "1") != success || put(t, p, "b", "2") != success || p.tree.sync() != nil {
		t.Fatal("not written")
	}
	log, err := backing.Open(logName)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Truncate(p.tree.end - 5); err != nil {
		t.Fatal(err)
	}
	p = boot(t, backing, 1<<20)
	if no := put(t, p, "c", "3"); no != success || p.tree.sync() != nil {
		t.Fatal(no)
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "c": "3"}, content(t, boot(t, backing, 1<<20))); diff != "" {
		t.Error(diff)
	}
}

// TestAFullDiskTakesWhatFits is about the room of files that are open without a name, too.
func TestAFullDiskTakesWhatFits(t *testing.T) {
	p := boot(t, disk.Memory(), 1000)
	f, _ := create(t, p, "a")
	room := int(p.tree.room(1 << 20))
	if wrote, no := f.write(p, make([]byte, 2000)); wrote != room || no != success {
		t.Errorf("wrote %d bytes (%d), want the %d that there was room for", wrote, no, room)
	}
	if _, no := f.write(p, []byte("x")); no != eNoSpc {
		t.Errorf("a full disk took more: %d", no)
	}
	if no := f.truncate(p, 2000); no != eNoSpc {
		t.Errorf("a full disk took a hole: %d", no)
	}
	if _, no := create(t, p, "b"); no != eNoSpc {
		t.Errorf("a full disk took a name: %d", no)
	}
	if no := on(p, "a", (*process).unlink); no != success || p.tree.used != int64(room) {
		t.Errorf("(%d) %d bytes are used while the file is open, want %d", no, p.tree.used, room)
	}
	f.close(p)
	if p.tree.used != 0 {
		t.Errorf("%d bytes are used when it is closed", p.tree.used)
	}
}
