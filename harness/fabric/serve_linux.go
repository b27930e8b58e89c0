package fabric

import "context"

// Serve is the agent: it serves its API until ctx ends. It needs NET_ADMIN in a
// network namespace of its own, with net.ipv4.ip_forward on.
func Serve(ctx context.Context, o AgentOptions) error {
	a := newAgent(ctx)
	defer a.shaper.close()
	return serveAPI(ctx, o, a)
}
