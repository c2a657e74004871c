// Puts documents together to a snapshot.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "dump/shapes.h"
#include "json/document.h"
#include "xdscope/snapshot.h"

namespace xdscope {

// A document or a part of it that describes one proxy.
struct DumpPart {
  std::shared_ptr<json::Document> document;
  json::Value value;
  // bootstrap.node.id, "" where the part does not say.
  std::string_view node_id;
  // The key under which a wrapper held the part: the name of a proxy, as far as it has one.
  std::string_view label;
};

// Finds the parts of a document that are Envoy configuration: the root, the elements of a list,
// or what a wrapper such as {"xds": {"gateway": {…}}} holds. The error says what was seen instead,
// or that there are more than `most`.
Result<std::vector<DumpPart>> find_parts(const std::shared_ptr<json::Document>& document,
                                         std::size_t most);

// Why nothing with more than `most` of them is read.
std::unexpected<Error> too_many_resources(std::size_t most, std::string where);

// Collects the parts of one proxy. A resource of a later part replaces that of the same section,
// state and name of an earlier one.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(std::size_t most_resources) : most_(most_resources) {}
  void add(const DumpPart& part);
  // Fails where there were more resources than may be.
  Result<std::unique_ptr<Snapshot>> finish(std::string name);

 private:
  void add_value(json::Value value);
  void add_dump(json::Value configs);
  void add_section(json::Value section, Section kind);
  void add_bootstrap(json::Value bootstrap);
  void add_list(json::Value list, const EntryList& kind);
  void add_entry(json::Value entry, const EntryList& kind, std::size_t index);
  void add_dynamic_listener(json::Value entry, const EntryList& kind, std::size_t index);
  void add_resource(Section section, ResourceState state, json::Value body, json::Value entry);
  bool add_rejected(Section section, json::Value entry, json::Value error);
  void add_problem(std::string what, json::Value at);
  void leave_out(Section section, std::string what, json::Value at);
  Snapshot::SectionData& section_data(Section section);
  void put(Resource resource);

  // Whether one more may be kept.
  bool count_one() {
    if (count_ == most_) {
      full_ = true;
    } else {
      ++count_;
    }
    return !full_;
  }

  std::size_t most_;
  std::size_t count_ = 0;
  bool full_ = false;
  // Each problem costs a look at the text before it, so that only the first ones are placed.
  std::size_t problems_left_out_ = 0;
  std::unique_ptr<Snapshot> snapshot_ = std::make_unique<Snapshot>();
  // Where the part being added began in each section: earlier resources may be replaced.
  std::array<std::size_t, kSectionCount> part_begin_{};
  std::set<std::tuple<Section, std::string_view, std::string_view>> rejected_;
  std::array<std::unordered_multimap<std::string_view, std::size_t>, kSectionCount> earlier_;
};

// Reads bootstrap.node and /server_info of a snapshot.
Node read_node(const Snapshot& snapshot);

}  // namespace xdscope
