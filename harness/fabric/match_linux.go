package fabric

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The pieces that the fabric's rules are made of.

// field is a part of a packet's header.
func field(base expr.PayloadBase, offset, length, register uint32) expr.Any {
	return &expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: length}
}
func saddr(register uint32) expr.Any {
	return field(expr.PayloadBaseNetworkHeader, 12, 4, register)
}
func daddr(register uint32) expr.Any {
	return field(expr.PayloadBaseNetworkHeader, 16, 4, register)
}
func sport(register uint32) expr.Any {
	return field(expr.PayloadBaseTransportHeader, 0, 2, register)
}
func dport(register uint32) expr.Any {
	return field(expr.PayloadBaseTransportHeader, 2, 2, register)
}
func equals(data []byte) expr.Any {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data}
}

// from matches packets that came in by an interface.
func from(iface string) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, iface)
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1}, equals(name)}
}

func proto(p byte) []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, equals([]byte{p})}
}

func tcp() []expr.Any { return proto(unix.IPPROTO_TCP) }
func udp() []expr.Any { return proto(unix.IPPROTO_UDP) }

// Flags of TCP.
const (
	syn = 1 << 1
	rst = 1 << 2
	ack = 1 << 4
)

// flags matches TCP packets that of some flags have just those.
func flags(of, just byte) []expr.Any {
	return exprs(tcp(), field(expr.PayloadBaseTransportHeader, 13, 1, 1),
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{of}, Xor: []byte{0}}, equals([]byte{just}))
}

// sequence matches TCP packets by their sequence number.
func sequence(n uint32) []expr.Any {
	return exprs(field(expr.PayloadBaseTransportHeader, 4, 4, 1), equals(binaryutil.BigEndian.PutUint32(n)))
}

// atRandom matches n of every of packets, in the long run.
func atRandom(n, every uint32) []expr.Any {
	return exprs(&expr.Numgen{Register: 1, Modulus: every, Type: unix.NFT_NG_RANDOM},
		&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
		&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binaryutil.BigEndian.PutUint32(n)})
}

// setting gives a packet a mark or a priority.
func setting(key expr.MetaKey, value uint32) []expr.Any {
	return exprs(&expr.Immediate{Register: 1, Data: binaryutil.NativeEndian.PutUint32(value)},
		&expr.Meta{Key: key, SourceRegister: true, Register: 1})
}

func marked(mark uint32) []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyMARK, Register: 1}, equals(binaryutil.NativeEndian.PutUint32(mark))}
}

// among matches packets whose ends stand in a set.
func among(s *nftables.Set) []expr.Any {
	return exprs(saddr(1), daddr(9), &expr.Lookup{SourceRegister: 1, SetName: s.Name, SetID: s.ID})
}

// notFrom matches packets that came in by another interface.
func notFrom(iface string) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, iface)
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1}, &expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: name}}
}

// within matches a destination of a prefix.
func within(p netip.Prefix) []expr.Any {
	mask := make([]byte, 4)
	for i := range p.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return []expr.Any{daddr(1), &expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		equals(bytesOf(p.Masked().Addr()))}
}

// dstNAT is IPS_DST_NAT of the kernel's connection status.
const dstNAT = 1 << 5

// tracked matches packets whose connection has one of some bits.
func tracked(key expr.CtKey, bits uint32) []expr.Any {
	return []expr.Any{&expr.Ct{Register: 1, Key: key},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binaryutil.NativeEndian.PutUint32(bits), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)}}
}

func established() []expr.Any {
	return tracked(expr.CtKeySTATE, expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED)
}

func translated() []expr.Any { return tracked(expr.CtKeySTATUS, dstNAT) }

func accept() expr.Any { return &expr.Verdict{Kind: expr.VerdictAccept} }
func drop() expr.Any   { return &expr.Verdict{Kind: expr.VerdictDrop} }

func port(p int) []byte { return binaryutil.BigEndian.PutUint16(uint16(p)) }

// exprs strings expressions and lists of them together.
func exprs(parts ...any) []expr.Any {
	var out []expr.Any
	for _, p := range parts {
		switch p := p.(type) {
		case expr.Any:
			out = append(out, p)
		case []expr.Any:
			out = append(out, p...)
		}
	}
	return out
}

// bytesOf is an address as the kernel compares it.
func bytesOf(a netip.Addr) []byte { b := a.As4(); return b[:] }
