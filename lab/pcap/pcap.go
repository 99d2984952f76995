// Package pcap writes the packets of runs as a capture in the pcapng format, which Wireshark and tshark read. The nodes are
// the interfaces of the capture. A packet stands once, at its sender's interface, at the instant of sending, whether it
// arrives or is lost: its comment tells what became of it. The comment of the file tells which runs these are, and which
// node has which address.
//
// A run has no addresses. Every node gets one of 10.0.0.0/8, which is of no other node and no other run of the file.
// Datagrams are UDP packets with the first bytes of their payload, as far as the run has kept them; the rest is left out, as
// by a capture with a snap length. Streams are TCP segments with sequence numbers from 0. Of each segment the first bytes are
// true; those that the run has not kept are zeros. It keeps no selective acknowledgements.
//
// The file is one section. Several runs do not get one each, as tshark 4.0 gives the interfaces of the second section
// the names of the first.
//
// The format: draft-ietf-opsawg-pcapng.
package pcap

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk"
)

// Dissector is a script in Lua, by which Wireshark shows type and fields of messages.
//
//go:embed dissector.lua
var Dissector string

// Texts of the file are cut at so many bytes. An option of the format holds 65,535; showing a byte takes at most four.
const (
	maxName    = 64
	maxComment = 1 << 10
	maxHeader  = 1 << 15 // the comment of the file, all runs together
)

// Write writes all runs of the report that have a story. Without any the file says so, and has no packets.
func Write(to io.Writer, r *result.Report) error {
	runs, err := recorded(r)
	if err != nil {
		return err
	}
	f := &file{to: to, comment: header(runs)}
	for _, run := range runs {
		if err := run.write(f); err != nil {
			return run.wrong(err)
		}
	}
	if f.writer == nil {
		if _, err := f.add(pcapgo.NgInterface{Name: "none"}); err != nil {
			return err
		}
	}
	return f.writer.Flush()
}

func recorded(r *result.Report) (runs []*run, err error) {
	first := firstAddress
	for i := range r.Sweeps {
		for told := range r.Sweeps[i].Told() {
			if told.Story == nil {
				continue
			}
			run, err := newRun(told, first)
			if err != nil {
				return nil, err
			}
			first = run.behind()
			runs = append(runs, run)
		}
	}
	for _, run := range runs {
		run.several = len(runs) > 1
	}
	return runs, nil
}

// header is the comment of the file.
func header(runs []*run) string {
	if len(runs) == 0 {
		return "no packets: no run was recorded"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Times are those of the run's clock, which begins at %s. A packet stands where and when it was sent.\n",
		sdk.Epoch.Format(time.DateTime+" MST"))
	for i, run := range runs {
		if b.Len() > maxHeader {
			fmt.Fprintf(&b, "and %s\n", result.Count(len(runs)-i, "more run"))
			break
		}
		run.describe(&b)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// file is what is written.
type file struct {
	to      io.Writer
	comment string
	filled  int              // bytes, see fill
	writer  *pcapgo.NgWriter // nil before the first interface, with which the library begins a file
}

// add adds an interface and returns its index.
func (f *file) add(iface pcapgo.NgInterface) (int, error) {
	iface.LinkType = layers.LinkTypeRaw
	if f.writer != nil {
		return f.writer.AddInterface(iface)
	}
	var err error
	f.writer, err = pcapgo.NewNgWriterInterface(f.to, iface, pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{Application: "lab", Comment: f.comment},
	})
	return 0, err
}

// block writes a block that the library does not know.
func (f *file) block(b []byte) error {
	if err := f.writer.Flush(); err != nil {
		return err
	}
	_, err := f.to.Write(b)
	return err
}

// show makes a text of somebody else fit: one line of valid UTF-8 without control characters.
func show(text string, limit int) string {
	return oneLine.Replace(result.Visible(trouble.Clip(text, limit)))
}

var oneLine = strings.NewReplacer("\n", `\n`, "\t", `\t`)
