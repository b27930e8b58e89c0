// Package history is the record of a scenario: what happened (events), what
// the load sent and what came of it (operations), and what was found when all
// was over (read-backs). It is written while the scenario runs and judged
// afterwards by package analysis, which needs nothing else.
//
// # Format
//
// A history is a file of JSON Lines: one JSON object a line, UTF-8, each with
// exactly one key, whose letter tells what the line holds.
//
//	{"h":{...}}   Header, the first line and only there; "format" is its version
//	{"e":{...}}   Event
//	{"o":[...]}   Operation, in a fixed order of fields (below)
//	{"r":{...}}   Readback; "more": true says that the next "r" line continues it
//
// An operation is the line that there are millions of, so it has no keys:
//
//	{"o":[id, kind, outcome, function, status, intended, sent-intended, done-sent, "site", "err"]}
//
// kind is 0 for a write and 1 for a read; outcome is 0 unknown, 1 acked,
// 2 rejected; function is an index into the header's functions; times are
// nanoseconds since the start of the scenario, the second and third as
// differences to the one before; "err" is left out where it is empty.
//
// Lines stand in the order in which they were recorded: an operation when its
// answer came, not when it was sent. The last line of a complete history is the
// event run.finished. A history that ends in the middle of a line was cut off
// by a kill: it can be read, and says so. A line that is broken anywhere else
// is damage, and an error.
package history
