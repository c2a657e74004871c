// Loading: from files, folders and standard input to snapshots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/snapshot.h"

namespace xdscope {

// What more than this of is refused.
struct LoadLimits {
  // How much packed input may grow to: gzip files, and archives as a whole.
  std::uint64_t unpacked_bytes = std::uint64_t{2} << 30;
  std::size_t archive_files = 100'000;
  // Clusters, listeners, … of one proxy, and the parts that they come in.
  std::size_t resources = 400'000;
};

// Snapshots of every proxy found. What each file is, is told by its content: JSON or YAML, plain or
// gzip; a whole /config_dump, parts of one, bare resources, other admin replies; a tar archive,
// plain or gzip, which is read as the folder it holds, in memory. "-" is standard input. The files
// named, and the files of one folder, are one proxy, unless they hold the dumps of several; each
// subfolder is a proxy of its own. Fails where a file cannot be read or is no Envoy configuration;
// a broken resource inside a good file is listed in Snapshot::problems(), and so are files of a
// folder that are something else.
Result<std::vector<std::unique_ptr<Snapshot>>> load_files(std::span<const std::string> paths,
                                                          const LoadLimits& limits = {});

// The snapshot of a text, as for a file of that name.
Result<std::unique_ptr<Snapshot>> load_text(std::string_view text, const std::string& name);

}  // namespace xdscope
