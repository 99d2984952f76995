package strategy

// Warm is the warmth of a backend that does not start slowly.
const Warm = 1000

// weightsNow are the weights of the backends as they count now: the configured ones, or, when one of them starts slowly,
// all times a common factor, so that it can have a part of its own. Their sum stays within 32 bits.
func weightsNow(backends []*Backend) []uint64 {
	weights, sum, warm := make([]uint64, len(backends)), uint64(0), true
	for i, b := range backends {
		weights[i] = uint64(b.Weight())
		sum += weights[i]
		warm = warm && b.Warmth() == Warm
	}
	if warm {
		return weights
	}
	factor := min(Warm, (1<<32-1)/sum)
	for i, b := range backends {
		weights[i] = max(weights[i]*factor*uint64(b.Warmth())/Warm, 1)
	}
	return weights
}
