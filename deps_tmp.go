//go:build holddeps

package main
import (
 _ "github.com/testcontainers/testcontainers-go"
 _ "github.com/moby/moby/client"
 _ "github.com/Shopify/toxiproxy/v2"
 _ "github.com/cucumber/godog"
 _ "github.com/vbauerster/mpb/v8"
 _ "github.com/compose-spec/compose-go/v2/cli"
 _ "github.com/spf13/cobra"
 _ "github.com/miekg/dns"
 _ "github.com/vishvananda/netlink"
 _ "github.com/google/nftables"
 _ "github.com/HdrHistogram/hdrhistogram-go"
 _ "github.com/jackc/pgx/v5"
 _ "github.com/cucumber/gherkin/go/v26"
 _ "github.com/cucumber/messages/go/v21"
 _ "golang.org/x/text/unicode/norm"
 _ "gopkg.in/yaml.v3"
 _ "golang.org/x/term"
 _ "golang.org/x/sync/errgroup"
 _ "github.com/rs/zerolog"
 _ "github.com/moby/moby/api/types/container"
 _ "github.com/prometheus/client_golang/prometheus"
 _ "github.com/gopacket/gopacket/pcapgo"
)
func main(){}
