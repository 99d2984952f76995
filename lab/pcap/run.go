package pcap

import (
	"fmt"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// run is one run of the file.
type run struct {
	*result.Run
	several    bool // there are others in the file
	nodes      []string
	index      map[string]int // of nodes
	interfaces []int          // of nodes
	first      address        // of the first node
	streams    streams
	cuts       cuts
	file       *file
	buffer     gopacket.SerializeBuffer
}

func newRun(told *result.Run, first address) (*run, error) {
	r := &run{
		Run: told, index: map[string]int{}, first: first,
		streams: streams{all: map[streamKey]*stream{}, dials: map[string]int{}}, buffer: gopacket.NewSerializeBuffer(),
		cuts: cutsOf(told.Story.Spans),
	}
	for _, name := range told.Story.Nodes {
		r.add(name)
	}
	for i := range told.Story.Packets {
		r.add(told.Story.Packets[i].From)
		r.add(told.Story.Packets[i].To)
		r.streams.learn(&told.Story.Packets[i])
	}
	if last := int(first) + len(r.nodes) - 1; last > int(lastAddress) {
		return nil, r.wrong(fmt.Errorf("%d nodes from address %s on: the addresses end at %s", len(r.nodes), first, lastAddress))
	}
	return r, nil
}

func (r *run) add(name string) {
	if _, known := r.index[name]; !known {
		r.index[name] = len(r.nodes)
		r.nodes = append(r.nodes, name)
	}
}

// behind is the first address of the next run, in a network of 256 addresses of its own.
func (r *run) behind() address {
	return (r.first+address(max(len(r.nodes), 1))-1)/256*256 + 257
}

func (r *run) address(node string) address { return r.first + address(r.index[node]) }

func (r *run) name() string {
	return fmt.Sprintf("%s %s seed %d", show(r.ID, maxName), show(r.Engine, maxName), r.Seed)
}

func (r *run) wrong(err error) error { return fmt.Errorf("%s: %w", r.name(), err) }

func (r *run) write(f *file) error {
	r.file = f
	if err := r.begin(); err != nil {
		return err
	}
	for i := range r.Story.Packets {
		p := &r.Story.Packets[i]
		if err := r.packet(p); err != nil {
			return fmt.Errorf("packet %d: %w", p.Number, err)
		}
	}
	return nil
}

// begin adds the interfaces, and the names of the addresses.
func (r *run) begin() error {
	if len(r.nodes) == 0 {
		return nil
	}
	for _, node := range r.nodes {
		name := show(node, maxName)
		if r.several {
			name = r.name() + ": " + name
		}
		iface, err := r.file.add(pcapgo.NgInterface{Name: name, Description: r.address(node).String()})
		if err != nil {
			return err
		}
		r.interfaces = append(r.interfaces, iface)
	}
	return r.file.block(r.names())
}

// packet writes one packet with its comment.
func (r *run) packet(p *result.Packet) error {
	if p.Sent < 0 || p.Sent > maxTime {
		return fmt.Errorf("sent at %s, want 0s to %s", value.FormatDuration(p.Sent), value.FormatDuration(maxTime))
	}
	length, captured, err := r.frame(p)
	if err != nil {
		return err
	}
	info := gopacket.CaptureInfo{
		Timestamp: sdk.Epoch.Add(p.Sent), InterfaceIndex: r.interfaces[r.index[p.From]], Length: length, CaptureLength: len(captured),
	}
	return r.file.writer.WritePacketWithOptions(info, captured, pcapgo.NgPacketOptions{
		Comments: []string{show(r.fate(p), maxComment)},
		Flags:    &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionOutbound},
		PacketID: &p.Number,
	})
}

// maxTime keeps instants within what nanoseconds since 1970 in 64 bits can hold.
const maxTime = 200 * 365 * 24 * time.Hour

// describe tells which run this is, how it ended, and which node has which address.
func (r *run) describe(b *strings.Builder) {
	fmt.Fprintf(b, "%s::%s, seed %d, %s: %s\n", show(r.File, maxName*4), show(r.ID, maxName), r.Seed, show(r.Engine, maxName), show(string(r.Outcome), maxName))
	if n := len(r.Checks); n > 0 {
		fmt.Fprintf(b, "check: %s\n", show(r.Checks[n-1].Error(), maxComment))
	}
	if r.Error != nil {
		fmt.Fprintf(b, "error: %s\n", show(r.Error.Error(), maxComment))
	}
	if r.Replay != "" {
		fmt.Fprintf(b, "replay: %s\n", show(r.Replay, maxComment))
	}
	if r.Story.Left > 0 {
		fmt.Fprintf(b, "Packets and events at the beginning that were not kept: %d.\n", r.Story.Left)
	}
	for _, text := range r.Story.Missing[:min(len(r.Story.Missing), 10)] {
		fmt.Fprintln(b, show(text, maxComment))
	}
	for i, node := range r.nodes {
		if b.Len() > maxHeader {
			fmt.Fprintf(b, "and %s\n", result.Count(len(r.nodes)-i, "more node"))
			return
		}
		fmt.Fprintf(b, "%s %s\n", r.address(node), show(node, maxName))
	}
}
