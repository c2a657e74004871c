// Loading what is in memory already.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "xdscope/error.h"
#include "xdscope/load.h"

namespace xdscope {

struct NamedBytes {
  std::string name;  // for messages: where they come from
  Buffer bytes;
};

// The replies of one proxy, put together; `name` is the snapshot's where they do not tell the
// proxy's own.
Result<std::unique_ptr<Snapshot>> load_bytes(std::vector<NamedBytes> replies,
                                             const std::string& name, const LoadLimits& limits);

// Adds to names that several have the place that each comes from: reports of many proxies are told
// apart by name.
void make_names_distinct(const std::vector<std::unique_ptr<Snapshot>>& snapshots,
                         std::span<const std::string> places);

}  // namespace xdscope
