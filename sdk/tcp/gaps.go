package tcp

// gaps is what has arrived beyond a gap: blocks that do not touch, in order.
type gaps struct {
	blocks []Block
	newest Block // holds the last arrival
}

func (g *gaps) any() bool { return len(g.blocks) > 0 }

// add takes an arrival and joins it with what it touches.
func (g *gaps) add(b Block) {
	to := len(g.blocks) // what arrives lies at the end mostly
	for to > 0 && g.blocks[to-1].Lo > b.Hi {
		to--
	}
	from := to
	for from > 0 && g.blocks[from-1].Hi >= b.Lo {
		from--
		b = Block{min(b.Lo, g.blocks[from].Lo), max(b.Hi, g.blocks[from].Hi)}
	}
	g.replace(from, to, b)
	g.newest = b
}

func (g *gaps) replace(from, to int, b Block) {
	if from == to {
		g.blocks = append(g.blocks, Block{})
		copy(g.blocks[from+1:], g.blocks[from:])
	} else {
		g.blocks = append(g.blocks[:from+1], g.blocks[to:]...)
	}
	g.blocks[from] = b
}

// join is how far the stream reaches once it has reached an offset.
func (g *gaps) join(next uint64) uint64 {
	n := 0
	for n < len(g.blocks) && g.blocks[n].Lo <= next {
		next = max(next, g.blocks[n].Hi)
		n++
	}
	g.drop(n)
	return next
}

// drop takes the first n blocks out.
func (g *gaps) drop(n int) {
	if n == 0 {
		return
	}
	joined := g.newest.Lo <= g.blocks[n-1].Hi
	g.blocks = g.blocks[:copy(g.blocks, g.blocks[n:])]
	switch {
	case len(g.blocks) == 0 && cap(g.blocks) > worthwhile:
		g.blocks = nil
	case len(g.blocks) > 0 && joined:
		g.newest = g.blocks[len(g.blocks)-1]
	}
}

// report puts the newest block first, then those with the highest offsets, which the sender has heard of least.
func (g *gaps) report(a *Ack) {
	a.N = 0
	if !g.any() {
		return
	}
	a.Blocks[0], a.N = g.newest, 1
	for i := len(g.blocks) - 1; i >= 0 && int(a.N) < len(a.Blocks); i-- {
		if g.blocks[i] != g.newest {
			a.Blocks[a.N] = g.blocks[i]
			a.N++
		}
	}
}
