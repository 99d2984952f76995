package wire

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxParts is how many messages, those inside of others included, one message may hold: two for each part of the largest
// value, and some around it. In memory a part takes fifty times what it takes on the wire at least, so that a message of
// 64 MiB may become one of gigabytes.
const maxParts = 2*maxValues + 1<<16

// smallMessage is too small to become large in memory: nothing is counted in it.
const smallMessage = 1 << 20

// Unmarshal decodes a message, unless it has more than two million parts, which is found before memory is taken for them.
func Unmarshal(data []byte, m proto.Message) error {
	if len(data) > smallMessage {
		left := maxParts
		if !count(data, m.ProtoReflect().Descriptor(), &left, 0) {
			return fmt.Errorf("a message of more than %d parts", maxParts)
		}
	}
	if proto.Unmarshal(data, m) != nil {
		return fmt.Errorf("a message of %d bytes that is not a %s", len(data), m.ProtoReflect().Descriptor().Name())
	}
	return nil
}

// count takes the parts of a message from those that are left; false when they do not suffice. What is damaged is left to
// the decoder.
func count(data []byte, of protoreflect.MessageDescriptor, left *int, depth int) bool {
	if depth > 8*maxDepth {
		return false
	}
	for len(data) > 0 {
		number, form, n := protowire.ConsumeTag(data)
		if n < 0 {
			return true
		}
		data = data[n:]
		if form != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, form, data); n < 0 {
				return true
			}
			data = data[n:]
			continue
		}
		inner, n := protowire.ConsumeBytes(data)
		if n < 0 {
			return true
		}
		data = data[n:]
		if *left--; *left < 0 {
			return false
		}
		field := of.Fields().ByNumber(number)
		if field != nil && field.Message() != nil && !count(inner, field.Message(), left, depth+1) {
			return false
		}
	}
	return true
}
