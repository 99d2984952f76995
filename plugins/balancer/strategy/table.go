package strategy

// All returns the strategies of this package, the default first.
func All() []Named {
	return []Named{
		{"round_robin", "One after the other, whatever their weights.", newRoundRobin},
		{"weighted_round_robin", "In turn, in proportion to the weights, without bursts.", newWeightedRoundRobin},
		{"random", "At random, in proportion to the weights.", newRandom},
		{"least_connections", "The fewest requests in flight for its weight, of all.", newLeastConnections},
		{"p2c", "The fewer requests in flight for its weight, of two drawn at random.", newP2C},
		{"peak_ewma", "The lower average latency x (inflight + 1), of two drawn by weight; a slower answer counts at once.", newPeakEWMA},
		{"ring", "By the hash of the key on a ring: a backend that leaves moves only its own keys.", newRing},
		{"maglev", "By the hash of the key in a table: even shares, and few keys move.", newMaglev},
		{"rendezvous", "By the highest hash of key and backend: only own keys move, evenly to all others.", newRendezvous},
	}
}

// Find returns the strategy of that name in a table.
func Find(table []Named, name string) (Named, bool) {
	for _, named := range table {
		if named.Name == name {
			return named, true
		}
	}
	return Named{}, false
}
