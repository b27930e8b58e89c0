package stage

import "slices"

// RoleWitness is the role of a third place of one's own that has a vote in a
// quorum and no more: it never serves as the entry, is lost with no site, and is
// neither active nor on standby.
const RoleWitness = "witness"

// isWitness tells whether a site is a witness.
func (b *book) isWitness(site string) bool {
	return slices.ContainsFunc(b.stage.Sites, func(s Site) bool { return s.ID == site && s.Role == RoleWitness })
}

// witnessed tells whether a witness runs a service.
func (b *book) witnessed(service string) bool {
	return slices.ContainsFunc(b.stage.Sites, func(s Site) bool {
		return s.Role == RoleWitness && slices.Contains(b.services[s.ID], service)
	})
}

// checkNotToWitness: service is moved neither from a witness nor to it.
func (b *book) checkNotToWitness(f *runbookFile, path, site string) {
	if b.isWitness(site) {
		f.problemAt(path, "« %s » est un témoin : il ne sert personne", "\"%s\" is a witness: it serves nobody", site)
	}
}
