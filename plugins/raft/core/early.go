package core

// early are appends that overtook the ones before them. They wait for these, so that a network that reorders costs no
// second transfer. The follower still refuses them, so the leader learns what is missing.
type early []Message

// keep takes an append in whose predecessor has not come yet, if there is room for it.
func (e *early) keep(m *Message, room int) {
	for _, other := range *e {
		if other.Prev == m.Prev && len(other.Entries) >= len(m.Entries) {
			return
		}
	}
	if len(m.Entries) > 0 && len(*e) < room {
		*e = append(*e, *m)
	}
}

// next takes out an append that fits to the log, nil when there is none.
func (e *early) next(l *log) *Message {
	for i := range *e {
		if l.has((*e)[i].Prev, (*e)[i].PrevTerm) {
			m, last := (*e)[i], len(*e)-1
			(*e)[i], (*e)[last] = (*e)[last], Message{}
			*e = (*e)[:last]
			return &m
		}
	}
	return nil
}
