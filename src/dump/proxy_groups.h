// Which parts of what was read make up which proxy.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dump/builder.h"
#include "xdscope/snapshot.h"

namespace xdscope {

// The parts that may belong together: the files named, or those of one folder.
struct Group {
  std::string name;  // the folder's path; an archive's is "archive:folder"
  std::vector<DumpPart> parts;
  std::vector<Problem> skipped;
};

// References to groups stay valid while others are added.
using Groups = std::deque<Group>;

// A folder whose files do not say whose they are holds further replies of the proxy above it, if
// there is one proxy there: the `?resource=` replies of a capture, say.
void join_to_proxy_above(Groups& groups);

// One snapshot for each node id and each dump of a wrapper; parts that do not say whose they are go
// with the only proxy there is, or with the dump of their own file.
Result<std::vector<std::unique_ptr<Snapshot>>> split_proxies(const Group& group,
                                                             std::size_t most_resources);

}  // namespace xdscope
