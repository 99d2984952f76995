package host

import "os"

// lifeline is a pipe that never carries a byte. Every process holds its reading end, the host alone the writing end,
// so that the processes read end of file when the host is gone, however it went.
type lifeline struct{ read, write *os.File }

func newLifeline() (*lifeline, error) {
	r, w, err := os.Pipe()
	return &lifeline{read: r, write: w}, err
}

// files are what a process inherits after its three standard files: descriptor 3.
func (l *lifeline) files() []*os.File {
	return []*os.File{l.read}
}

func (l *lifeline) close() {
	_ = l.write.Close()
	_ = l.read.Close()
}
