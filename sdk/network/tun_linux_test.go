package network

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// kernel is a lab whose hosts are network namespaces, each with a TUN device: the network carries the packets of the
// kernel's TCP on the wall clock. One goroutine does everything, so its lateness is that of the whole bench.
type kernel struct {
	*lab
	began    time.Time
	device   [2]int // of a and b
	listener int
	source   int           // the socket of a, which always has more to send
	opened   time.Duration // it is connected; 0 before
	polled   []unix.PollFd
	buffer   []byte
	packets  uint64
	spare    []*packet
	got      int64 // bytes that b has read
	drops    int   // packets with payload that did not arrive
	worst    time.Duration
	total    time.Duration // by which packets were late
	arrived  int
}

// newKernel makes the namespaces, and says why if this machine has none.
func newKernel(t *testing.T, there, back link.Profile, c tcp.Congestion) *kernel {
	if os.Geteuid() != 0 {
		t.Skip("the kernel's TCP is not compared: network namespaces need root")
	}
	hurry(t)
	k := &kernel{lab: newLab(t, there, back), buffer: make([]byte, 1<<16)}
	err := k.namespace(0, func() error { return k.dialer(c) })
	if err == nil {
		err = k.namespace(1, k.acceptor)
	}
	if err != nil {
		t.Skipf("the kernel's TCP is not compared: %v", err)
	}
	for _, fd := range []int{k.device[0], k.device[1], k.listener} {
		k.polled = append(k.polled, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	k.began = time.Now()
	return k
}

// hurry lets the goroutine of the test run before all that is not in real time, and collects no garbage meanwhile, so that
// a busy machine delays few packets. A line must have a rate, or the goroutine would keep a processor for itself.
func hurry(t *testing.T) {
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	was, err := unix.SchedGetAttr(0, 0)
	soon := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}
	if err == nil && unix.SchedSetAttr(0, soon, 0) == nil {
		t.Cleanup(func() { _ = unix.SchedSetAttr(0, was, 0) })
	}
}

// namespace makes a device, and what else, in a namespace of its own, which lives as long as the sockets in it. The thread
// goes back to where it was.
func (k *kernel) namespace(side int, sockets func() error) error {
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("the namespace of the test: %w", err)
	}
	defer unix.Close(home)
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	defer func() {
		if err := unix.Setns(home, unix.CLONE_NEWNET); err != nil {
			k.t.Fatalf("setns: %v", err)
		}
	}()
	if err := k.open(side); err != nil {
		return err
	}
	return sockets()
}

// closes remembers to close what was opened.
func (k *kernel) closes(fd int, err error) (int, error) {
	if err == nil {
		k.t.Cleanup(func() { unix.Close(fd) })
	}
	return fd, err
}

// address is that of a side, at port 80.
func address(side int) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Port: 80, Addr: [4]byte{10, 99, 0, byte(side + 1)}}
}

// open makes a side's device. Its queue never drops, and buffers grow as by Linux's defaults.
func (k *kernel) open(side int) error {
	fd, err := k.closes(unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0))
	if err != nil {
		return fmt.Errorf("/dev/net/tun: %w", err)
	}
	k.device[side] = fd
	for name, value := range map[string]string{"rmem": "4096 131072 6291456", "wmem": "4096 16384 4194304"} {
		if err := os.WriteFile("/proc/sys/net/ipv4/tcp_"+name, []byte(value), 0); err != nil {
			return err
		}
	}
	return configure(fd, address(side).Addr)
}

// configure names a device, and gives it an address and a queue.
func configure(fd int, address [4]byte) error {
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(control)
	for _, step := range []struct {
		fd      int
		request uint
		set     func(*unix.Ifreq)
	}{
		{fd, unix.TUNSETIFF, func(r *unix.Ifreq) { r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI) }},
		{control, unix.SIOCSIFADDR, func(r *unix.Ifreq) { _ = r.SetInet4Addr(address[:]) }},
		{control, unix.SIOCSIFNETMASK, func(r *unix.Ifreq) { _ = r.SetInet4Addr([]byte{255, 255, 255, 0}) }},
		{control, unix.SIOCSIFTXQLEN, func(r *unix.Ifreq) { r.SetUint32(20_000) }},
		{control, unix.SIOCSIFFLAGS, func(r *unix.Ifreq) { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING) }},
	} {
		r, err := unix.NewIfreq("lab")
		if err != nil {
			return err
		}
		step.set(r)
		if err := unix.IoctlIfreq(step.fd, step.request, r); err != nil {
			return fmt.Errorf("ioctl %#x of a TUN device: %w", step.request, err)
		}
	}
	return nil
}

func (k *kernel) socket() (int, error) {
	return k.closes(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP))
}

// dialer makes the socket of a. A reset ends it, so nothing lingers.
func (k *kernel) dialer(c tcp.Congestion) (err error) {
	if k.source, err = k.socket(); err != nil {
		return err
	}
	if err = unix.SetsockoptString(k.source, unix.IPPROTO_TCP, unix.TCP_CONGESTION, c.String()); err != nil {
		return fmt.Errorf("congestion control %v: %w", c, err)
	}
	return unix.SetsockoptLinger(k.source, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
}

// acceptor makes the socket of b that listens.
func (k *kernel) acceptor() (err error) {
	if k.listener, err = k.socket(); err != nil {
		return err
	}
	if err = unix.Bind(k.listener, address(1)); err != nil {
		return err
	}
	return unix.Listen(k.listener, 16)
}

// dial connects a with b.
func (k *kernel) dial() {
	k.t.Helper()
	if err := unix.Connect(k.source, address(1)); err != unix.EINPROGRESS {
		k.t.Fatalf("connect: %v", err)
	}
	k.polled = append(k.polled, unix.PollFd{Fd: int32(k.source), Events: unix.POLLOUT})
	for k.opened == 0 {
		if k.Run(k.Now() + ms); k.Now() > time.Minute {
			k.t.Fatal("the connection was not opened within a minute")
		}
	}
}

// Run lets time pass until an instant, and everything happen that is due.
func (k *kernel) Run(until time.Duration) {
	for now := time.Since(k.began); k.Now() < until; now = time.Since(k.began) {
		k.Network.Run(min(now, until))
		k.poll(min(k.Next(), until) - now)
		for _, p := range k.polled {
			if p.Revents != 0 {
				k.ready(int(p.Fd))
			}
		}
	}
}

// poll waits until a descriptor is ready, in a raw call: the Go runtime takes no part in it, whose monitor may itself have
// to wait on a busy machine.
func (k *kernel) poll(d time.Duration) {
	patience := unix.NsecToTimespec(int64(max(d, 0)))
	_, _, err := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&k.polled[0])), uintptr(len(k.polled)), uintptr(unsafe.Pointer(&patience)), 0, 0, 0)
	if err != 0 && err != unix.EINTR {
		k.t.Fatalf("ppoll: %v", err)
	}
}

// ready does what a descriptor is ready for.
func (k *kernel) ready(fd int) {
	switch {
	case fd == k.device[0]:
		k.carry(fd, k.there(), k.device[1])
	case fd == k.device[1]:
		k.carry(fd, k.b.Path(k.a), k.device[0])
	case fd == k.listener:
		if sink, err := k.closes(accept(fd)); err == nil {
			k.polled = append(k.polled, unix.PollFd{Fd: int32(sink), Events: unix.POLLIN})
		}
	case fd == k.source:
		k.opened = cmp.Or(k.opened, k.Now())
		k.exhaust(fd, unix.Write)
	default:
		k.got += k.exhaust(fd, unix.Read)
	}
}

func accept(listener int) (int, error) {
	fd, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return fd, err
}

// exhaust writes while there is room, or reads what there is, and returns how many bytes.
func (k *kernel) exhaust(fd int, do func(fd int, b []byte) (int, error)) (bytes int64) {
	for {
		n, err := do(fd, k.buffer)
		if err == unix.EAGAIN || err == unix.EINTR {
			return bytes
		}
		if err != nil || n == 0 {
			k.t.Fatalf("a connection of the kernel's ended: %d bytes, %v", n, err)
		}
		bytes += int64(n)
	}
}

// packet is an IP packet on its way to a device.
type packet struct {
	k      *kernel
	data   []byte
	size   int // payload of TCP
	device int
}

// carry sends what has come out of a device.
func (k *kernel) carry(from int, path *Path, to int) {
	for {
		n, err := unix.Read(from, k.buffer)
		if err != nil {
			return
		}
		k.Network.Run(time.Since(k.began)) // not the time before the read: it may have been long ago
		if k.buffer[0]>>4 != 4 {           // of IPv6's neighbours
			continue
		}
		p := k.newPacket()
		p.data, p.device = append(p.data[:0], k.buffer[:n]...), to
		p.size = n - int(p.data[0]&15)*4 - int(p.data[int(p.data[0]&15)*4+12]>>4)*4
		k.packets++
		it := k.newItem(sent)
		it.datagram, it.size, it.key = p, int32(p.size), link.Mix(k.packets)
		path.send(it)
	}
}

func (k *kernel) newPacket() *packet {
	last := len(k.spare) - 1
	if last < 0 {
		return &packet{k: k}
	}
	p := k.spare[last]
	k.spare = k.spare[:last]
	return p
}

func (p *packet) Decided(copies int) {
	if copies > 0 {
		return
	}
	if p.size > 0 {
		p.k.drops++
	}
	p.k.spare = append(p.k.spare, p)
}

func (p *packet) Arrive(int) {
	k := p.k
	late := time.Since(k.began) - k.Now()
	k.worst, k.total, k.arrived = max(k.worst, late), k.total+late, k.arrived+1
	if _, err := unix.Write(p.device, p.data); err != nil {
		k.t.Errorf("write to a TUN device: %v", err)
	}
	k.spare = append(k.spare, p)
}

// info is what the source tells.
func (k *kernel) info() *unix.TCPInfo {
	i, err := unix.GetsockoptTCPInfo(k.source, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		k.t.Fatalf("tcp_info: %v", err)
	}
	return i
}
