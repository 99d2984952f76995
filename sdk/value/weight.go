package value

// Weight is about how many bytes a value takes in memory.
func Weight(v any) int {
	const header = 48
	switch v := v.(type) {
	case string:
		return header + len(v)
	case Addr:
		return header + len(v)
	case Node:
		return header + len(v)
	case []byte:
		return header + len(v)
	case []any:
		total := header
		for _, item := range v {
			total += Weight(item)
		}
		return total
	case Object:
		return header + Weight(v.Fields)
	case Fields:
		total := header
		for _, field := range v {
			total += Weight(field.Name) + Weight(field.Value)
		}
		return total
	}
	return header
}
