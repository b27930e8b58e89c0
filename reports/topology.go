package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// Sizes of the topology, in the chart's units.
const (
	nodeWidth, nodeHeight = 128.0, 46.0
	rankHeight            = 92.0
	siteTop               = 78.0
	siteGap               = 110.0
)

// node is a service of a site, with its instances, as drawn.
type node struct {
	id        string // "paris/db"
	site      int
	name      string
	instances []int
	entry     bool
	store     bool
	rank      int
	across    bool // it has a link to another site
	x, y      float64
}

// topology draws the sites side by side, services by rank from the entry down.
// What a fault hit carries a cross and the fault's number.
//
//	            Clients
//	           /       \
//	[ gateway ]|       |[ gateway ]
//	[ orders  ]|       |[ orders  ]
//	[ db      ]|--> <--|[ db      ]
//	  primary             standby
func (t tongue) topology(r analysis.Result) template.HTML {
	h := r.Header
	if len(h.Services) == 0 || len(h.Sites) == 0 {
		return ""
	}
	nodes := placeNodes(h)
	width := siteWidth(len(h.Sites))
	bottom := 0.0
	for _, n := range nodes {
		bottom = max(bottom, n.y+nodeHeight)
	}
	c := &canvas{w: chartWidth, h: bottom + 30}
	hits := hitsOf(r.Record.Faults)
	for i, s := range h.Sites {
		x := float64(i) * (width + siteGap)
		class := "site-box"
		if _, hit := hits.at(s.ID); hit {
			class += " hit"
		}
		c.rect(class, x+1, siteTop, width-2, bottom+20-siteTop, 6)
		c.text("site-name", "start", x+16, siteTop+24, cutText(s.Title, 15, width/2))
		c.text("site-role", "end", x+width-16, siteTop+24, t.role(s))
		if n, hit := hits.at(s.ID); hit {
			t.drawHit(c, x+width/2, siteTop, n)
		}
	}
	t.drawClients(c, r, nodes, width)
	for _, l := range h.Links {
		from, to := find(nodes, l.From), find(nodes, l.To)
		if from == nil || to == nil || from == to {
			continue
		}
		t.drawLink(c, *from, *to, hits)
	}
	for _, n := range nodes {
		t.drawNode(c, n, hits)
	}
	return c.svg("topology", t.W.TopologyTitle)
}

func siteWidth(sites int) float64 {
	return (chartWidth - siteGap*float64(sites-1)) / float64(sites)
}

func (t tongue) role(s history.Site) string {
	switch {
	case s.Role == "primary":
		return t.W.Primary
	case s.Role == "standby":
		return t.W.Standby
	case s.ThirdParty != nil && s.ThirdParty.Stub:
		return t.W.StubMark
	case s.Role == history.RoleWitness:
		return t.W.Witness
	case !s.Own():
		return t.W.ThirdParty
	}
	return s.Role
}

// limits tells what the exercise cannot say, since a stub answered in a third
// party's place.
func (t tongue) limits(h history.Header) []string {
	var out []string
	for _, s := range h.Sites {
		if p := s.ThirdParty; p != nil && p.Stub {
			out = append(out, fmt.Sprintf(t.W.StubLimit, cmp.Or(t.text(p.Title), s.Title)))
		}
	}
	return out
}

func find(nodes []node, id string) *node {
	for i := range nodes {
		if nodes[i].id == id {
			return &nodes[i]
		}
	}
	return nil
}

// placeNodes merges instances into services and gives each a place.
func placeNodes(h history.Header) []node {
	var nodes []node
	for _, s := range h.Services {
		id := s.Site + "/" + s.Name
		n := find(nodes, id)
		if n == nil {
			site := slices.IndexFunc(h.Sites, func(x history.Site) bool { return x.ID == s.Site })
			if site < 0 {
				continue
			}
			nodes = append(nodes, node{id: id, site: site, name: s.Name, entry: s.Entry, store: s.Store})
			n = &nodes[len(nodes)-1]
		}
		n.instances = append(n.instances, s.Instance)
	}
	rankNodes(nodes, h.Links)
	width := siteWidth(len(h.Sites))
	for site := range h.Sites {
		byRank := map[int][]*node{}
		most := 0
		for i := range nodes {
			if nodes[i].site == site {
				byRank[nodes[i].rank] = append(byRank[nodes[i].rank], &nodes[i])
				most = max(most, nodes[i].rank)
			}
		}
		left, y := float64(site)*(width+siteGap), siteTop+42
		for rank := 0; rank <= most; rank++ {
			y = placeRank(byRank[rank], left, width, y, site == 0)
		}
	}
	return nodes
}

// placeRank sets services of one rank side by side, in several lines where
// there are many; those that talk to the other site stand nearest to it.
func placeRank(row []*node, left, width, y float64, facingRight bool) float64 {
	slices.SortStableFunc(row, func(a, b *node) int {
		if a.across == b.across {
			return 0
		}
		if a.across == facingRight {
			return 1
		}
		return -1
	})
	perLine := max(int((width-20)/(nodeWidth+14)), 1)
	for len(row) > 0 {
		line := row[:min(perLine, len(row))]
		row = row[len(line):]
		step := width / float64(len(line))
		for i, n := range line {
			n.x, n.y = left+step*(float64(i)+0.5)-nodeWidth/2, y
		}
		y += rankHeight
	}
	return y
}

// rankNodes puts each service one below the lowest that calls it, on its own
// site. Rounds are bounded, so that services that call each other in a circle
// end too.
func rankNodes(nodes []node, links []history.Link) {
	for range nodes {
		for _, l := range links {
			from, to := find(nodes, l.From), find(nodes, l.To)
			switch {
			case from == nil || to == nil || from == to:
			case from.site != to.site:
				from.across, to.across = true, true
			case to.rank <= from.rank && from.rank+1 < len(nodes) && !to.entry:
				to.rank = from.rank + 1
			}
		}
	}
	squeezeRanks(nodes)
}

// squeezeRanks removes ranks that nothing stands on.
func squeezeRanks(nodes []node) {
	var used []int
	for _, n := range nodes {
		used = append(used, n.rank)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	for i := range nodes {
		nodes[i].rank = slices.Index(used, nodes[i].rank)
	}
}

func (t tongue) drawNode(c *canvas, n node, hits hits) {
	class := "node"
	number, hit := hits.at(n.id)
	if hit {
		class += " hit"
	}
	c.rect(class, n.x, n.y, nodeWidth, nodeHeight, 4)
	sub := ""
	switch {
	case n.entry:
		sub = t.W.EntryMark
	case n.store:
		sub = t.W.StoreMark
	}
	if len(n.instances) > 1 {
		sub = strings.TrimPrefix(sub+" ×"+strconv.Itoa(len(n.instances)), " ")
	}
	y := n.y + nodeHeight/2 + 5
	if sub != "" {
		y -= 8
		c.text("node-sub", "middle", n.x+nodeWidth/2, n.y+nodeHeight-9, sub)
	}
	c.text("node-name", "middle", n.x+nodeWidth/2, y, cutText(n.name, 14, nodeWidth-16))
	if hit {
		t.drawHit(c, n.x+nodeWidth, n.y, number)
	}
}

// drawHit is a cross with the number of the fault, which the list below names.
func (t tongue) drawHit(c *canvas, x, y float64, number string) {
	c.group(t.W.BrokenPart + " (" + number + ")")
	c.cross(x, y, 9)
	c.text("hit-number", "start", x+12, y-4, number)
	c.end()
}

func (t tongue) drawLink(c *canvas, from, to node, hits hits) {
	number, hit := hits.link(from.id, to.id)
	class := "link"
	if hit {
		class += " hit"
	}
	if from.site == to.site {
		x1, y1, x2, y2 := from.x+nodeWidth/2, from.y+nodeHeight, to.x+nodeWidth/2, to.y
		if to.y <= from.y { // beside or above: from side to side
			x1, y1 = from.x+nodeWidth, from.y+nodeHeight/2
			x2, y2 = to.x+nodeWidth, to.y+nodeHeight/2
			c.path(class, fmt.Sprintf("M%s %sC%s %s %s %s %s %s", px(x1), px(y1), px(x1+30), px(y1), px(x2+30), px(y2), px(x2+6), px(y2)))
			c.path(class+" head", fmt.Sprintf("M%s %sl7 -4v8z", px(x2+1), px(y2)))
		} else {
			mid := (y1 + y2) / 2
			c.path(class, fmt.Sprintf("M%s %sC%s %s %s %s %s %s", px(x1), px(y1), px(x1), px(mid), px(x2), px(mid), px(x2), px(y2-6)))
			c.path(class+" head", fmt.Sprintf("M%s %sl-4 -7h8z", px(x2), px(y2-1)))
		}
		if hit {
			t.drawHit(c, (x1+x2)/2, (y1+y2)/2, number)
		}
		return
	}
	// Across sites: the two directions run side by side.
	dir, dy := 1.0, -8.0
	x1, x2 := from.x+nodeWidth, to.x
	if from.site > to.site {
		dir, dy = -1, 8
		x1, x2 = from.x, to.x+nodeWidth
	}
	y1, y2 := from.y+nodeHeight/2+dy, to.y+nodeHeight/2+dy
	mid := (x1 + x2) / 2
	c.path(class+" across", fmt.Sprintf("M%s %sC%s %s %s %s %s %s", px(x1), px(y1), px(mid), px(y1), px(mid), px(y2), px(x2-6*dir), px(y2)))
	c.path(class+" head", fmt.Sprintf("M%s %sl%s -4v8z", px(x2-dir), px(y2), px(-7*dir)))
	if hit {
		t.drawHit(c, mid-14*dir, (y1+y2)/2, number)
	}
}

// drawClients shows which entry clients were led to, first and last.
func (t tongue) drawClients(c *canvas, r analysis.Result, nodes []node, width float64) {
	x, y := chartWidth/2.0, 8.0
	first, last := "", lastActive(r)
	for _, s := range r.Header.Sites {
		if s.Role == "primary" && first == "" {
			first = s.ID
		}
	}
	for _, n := range nodes {
		site := r.Header.Sites[n.site].ID
		if !n.entry || site != first && site != last {
			continue
		}
		class, label := "link", ""
		switch {
		case first == last || last == "":
		case site == first:
			class, label = "link past", t.W.AtStart
		default:
			label = t.W.AtEnd
		}
		tx, ty := n.x+nodeWidth/2, n.y
		c.path(class, fmt.Sprintf("M%s %sC%s %s %s %s %s %s", px(x), px(y+30), px(x), px(y+62), px(tx), px(y+34), px(tx), px(ty-6)))
		c.path("link head", fmt.Sprintf("M%s %sl-4 -7h8z", px(tx), px(ty-1)))
		if label != "" {
			c.text("node-sub", "middle", (x+tx)/2, y+40-14, label)
		}
	}
	c.rect("node clients", x-56, y, 112, 30, 15)
	c.text("node-name", "middle", x, y+20, t.W.Clients)
}

// lastActive is the site that served last, by the lanes.
func lastActive(r analysis.Result) string {
	site, at := "", time.Duration(-1)
	for _, l := range r.Timeline.Lanes {
		for _, s := range l.Spans {
			if isSite(l) && s.Kind == "active" && s.To > at {
				site, at = strings.TrimPrefix(l.ID, "site:"), s.To
			}
		}
	}
	return site
}
