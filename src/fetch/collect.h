// What to ask proxies, and asking many at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fetch/session.h"

namespace xdscope::fetch {

// One request of an admin port, and the name of the file its reply is saved in.
struct Question {
  std::string path;
  std::string file;
  // Without its answer the others are of no use.
  bool required = false;
  // Asked instead, all of them, where Envoy refuses this one or cannot print its answer.
  std::vector<Question> otherwise = {};
};

// The sections of a dump, as istioctl asks for them.
enum class Part { kBootstrap, kClusters, kListeners, kRoutes, kEndpoints, kSecrets, kEcds };

Question whole_dump();
// One section of the dump only; the whole dump where this Envoy cannot do that.
Question dump_of(Part part);
Question cluster_status();  // /clusters?format=json
// All that `xdscope fetch` saves: the whole dump and every other reply the commands read.
std::vector<Question> everything();

struct Reply {
  std::string path;
  std::string file;
  Buffer body;
};

// A proxy to ask: an address, or a pod.
struct Source {
  std::string name;  // pod.namespace, or the address: for people and for the folder's name
  std::variant<AdminAddress, Pod> at;
};

struct Collected {
  std::vector<Reply> replies;
  std::vector<Error> missing;  // replies that were not required
  std::string way;
};

// Asks one proxy.
Result<Collected> collect(const Source& source, const Kubectl* kubectl,
                          const std::vector<Question>& questions, const Limits& limits);

// Asks many, `jobs` at a time. `done` is called for each as it ends, one at a time, from other
// threads; its index is that of the source.
void collect_all(const std::vector<Source>& sources, const Kubectl* kubectl,
                 const std::vector<Question>& questions, const Limits& limits, std::size_t jobs,
                 const std::function<void(std::size_t index, Result<Collected> result)>& done);

}  // namespace xdscope::fetch
