#include "dump/builder.h"

#include <algorithm>

#include <fmt/format.h>

namespace xdscope {
namespace {

constexpr std::size_t kMostProblems = 100;

// The field that names a resource of the section.
std::string_view name_field(Section section) {
  return section == Section::kEndpoints ? "cluster_name" : "name";
}

}  // namespace

std::unexpected<Error> too_many_resources(std::size_t most, std::string where) {
  return fail(ErrorCode::kInput, fmt::format("a proxy with more than {} resources", most),
              std::move(where), "if that is what it is, raise --max-resources");
}

void SnapshotBuilder::add(const DumpPart& part) {
  if (!count_one()) return;
  // The parts of a document come together.
  auto& documents = snapshot_->documents_;
  if (documents.empty() || documents.back() != part.document) documents.push_back(part.document);
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    auto& resources = snapshot_->sections_[i].resources;
    for (std::size_t j = part_begin_[i]; j < resources.size(); ++j) {
      earlier_[i].emplace(resources[j].name, j);
    }
    part_begin_[i] = resources.size();
  }
  if (snapshot_->name_.empty()) snapshot_->name_ = part.label;
  snapshot_->roots_.push_back(part.value);
  add_value(part.value);
}

Result<std::unique_ptr<Snapshot>> SnapshotBuilder::finish(std::string name) {
  if (full_) return too_many_resources(most_, std::move(name));
  snapshot_->node_ = read_node(*snapshot_);
  if (problems_left_out_ > 0) {
    snapshot_->problems_.push_back(
        {fmt::format("{} more parts could not be read", problems_left_out_), name});
  }
  const Node& node = snapshot_->node_;
  if (!node.name.empty() && !node.namespace_.empty()) {
    snapshot_->name_ = fmt::format("{}.{}", node.name, node.namespace_);
  } else if (!node.id.empty()) {
    snapshot_->name_ = node.id;
  } else if (snapshot_->name_.empty()) {
    snapshot_->name_ = std::move(name);
  }
  // Parts may come in any order; the tables want the order of istioctl.
  for (auto& section : snapshot_->sections_) {
    const auto rank = [](const Resource& resource) {
      if (resource.section == Section::kSecrets) {
        return resource.state == ResourceState::kWarming ? 0 : 1;
      }
      switch (resource.state) {
        case ResourceState::kActive:
          return 0;
        case ResourceState::kStatic:
          return 1;
        case ResourceState::kWarming:
          return 2;
        case ResourceState::kDraining:
          return 3;
        case ResourceState::kRejected:
          return 4;
      }
      return 5;
    };
    if (!std::ranges::is_sorted(section.resources, {}, rank)) {
      std::ranges::stable_sort(section.resources, {}, rank);
    }
  }
  return std::move(snapshot_);
}

Snapshot::SectionData& SnapshotBuilder::section_data(Section section) {
  return snapshot_->sections_[static_cast<std::size_t>(section)];
}

void SnapshotBuilder::add_problem(std::string what, json::Value at) {
  // To find a line takes a walk through the text: a dump of nothing but faults must not take one
  // for each.
  if (snapshot_->problems_.size() == kMostProblems) {
    ++problems_left_out_;
    return;
  }
  snapshot_->problems_.push_back({std::move(what), snapshot_->where(at)});
}

void SnapshotBuilder::leave_out(Section section, std::string what, json::Value at) {
  section_data(section).broken = true;
  add_problem(std::move(what) + "; left out", at);
}

void SnapshotBuilder::add_value(json::Value value) {
  const Shape shape = recognize(value);
  auto& data = section_data(shape.section == Section::kCount ? Section::kBootstrap : shape.section);
  switch (shape.kind) {
    case Shape::Kind::kDump:
      add_dump(value["configs"]);
      return;
    case Shape::Kind::kSection:
      add_section(value, shape.section);
      return;
    case Shape::Kind::kElement:
      data.present = true;
      data.partial = true;
      add_entry(value, *shape.list, 0);
      return;
    case Shape::Kind::kResource:
      data.present = true;
      data.partial = true;
      add_resource(shape.section, ResourceState::kActive, value, value);
      return;
    case Shape::Kind::kBootstrap:
      add_bootstrap(value);
      return;
    case Shape::Kind::kReply:
      data.present = true;
      data.body = value;
      return;
    case Shape::Kind::kUnknown:
      add_problem("not a known part of an Envoy configuration; left out", value);
      return;
  }
}

void SnapshotBuilder::add_dump(json::Value configs) {
  // The oldest dumps hold a map of sections by name.
  for (const auto& member : configs.members()) add_value(member.value);
  if (!configs.is_array()) return;
  // Of a section that occurs twice, istioctl reads the last; ECDS sections add up.
  std::array<json::Value, kSectionCount> last{};
  for (const json::Value element : configs.elements()) {
    const Shape shape = recognize(element);
    if (shape.kind == Shape::Kind::kSection && shape.section != Section::kEcds) {
      auto& slot = last[static_cast<std::size_t>(shape.section)];
      if (slot) {
        add_problem(fmt::format("the {} section stands twice; the last one is used",
                                section_name(shape.section)),
                    slot);
      }
      slot = element;
    }
  }
  for (const json::Value element : configs.elements()) {
    const Shape shape = recognize(element);
    if (shape.kind == Shape::Kind::kSection && shape.section != Section::kEcds &&
        last[static_cast<std::size_t>(shape.section)] != element) {
      continue;
    }
    if (shape.kind == Shape::Kind::kUnknown) {
      const std::string_view type = element.at("@type").text();
      add_problem(type.empty() ? "a part of the dump that is no known section; left out"
                               : fmt::format("unknown section {}; left out", type),
                  element);
      continue;
    }
    add_value(element);
  }
}

void SnapshotBuilder::add_section(json::Value section, Section kind) {
  auto& data = section_data(kind);
  data.present = true;
  data.body = section;
  for (const EntryList& list : entry_lists()) {
    if (list.section == kind) add_list(section[list.field], list);
  }
}

void SnapshotBuilder::add_bootstrap(json::Value bootstrap) {
  auto& data = section_data(Section::kBootstrap);
  data.present = true;
  data.body = bootstrap;
  struct StaticList {
    std::string_view field;
    Section section;
  };
  for (const auto& [field, section] :
       {StaticList{"listeners", Section::kListeners}, StaticList{"clusters", Section::kClusters},
        StaticList{"secrets", Section::kSecrets}}) {
    const json::Value list = bootstrap["static_resources"][field];
    // A bootstrap file is all of a static Envoy: what it does not have is not there.
    section_data(section).present = true;
    for (const json::Value resource : list.elements()) {
      if (full_) return;
      add_resource(section, ResourceState::kStatic, resource, resource);
    }
  }
}

void SnapshotBuilder::add_list(json::Value list, const EntryList& kind) {
  if (!list) return;
  if (!list.is_array()) {
    leave_out(kind.section, fmt::format("{} is no list", kind.field), list);
    return;
  }
  const std::size_t size = list.size();
  full_ = full_ || size > most_;
  // Made to fit: a list that grows holds everything twice for a moment.
  auto& resources = section_data(kind.section).resources;
  if (!full_) resources.reserve(resources.size() + size);
  std::size_t index = 0;
  for (const json::Value entry : list.elements()) {
    if (full_) return;
    add_entry(entry, kind, index++);
  }
}

void SnapshotBuilder::add_entry(json::Value entry, const EntryList& kind, std::size_t index) {
  if (!entry.is_object()) {
    leave_out(kind.section, fmt::format("entry {} of {} is no object", index, kind.field), entry);
    return;
  }
  if (kind.field == "dynamic_listeners") {
    add_dynamic_listener(entry, kind, index);
    return;
  }
  const json::Value body = kind.body.empty() ? entry : entry[kind.body];
  const bool rejected = add_rejected(kind.section, entry, entry["error_state"]);
  if (body.is_object()) {
    add_resource(kind.section, kind.state, body, entry);
  } else if (body || (!rejected && kind.section != Section::kSecrets)) {
    leave_out(kind.section, fmt::format("entry {} of {} holds no {}", index, kind.field, kind.body),
              entry);
  } else if (!rejected) {
    // A secret that has not arrived has a name and a version only.
    put({kind.section, kind.state, entry["name"].text(), {}, entry, {}});
  }
}

void SnapshotBuilder::add_dynamic_listener(json::Value entry, const EntryList& kind,
                                           std::size_t index) {
  struct State {
    std::string_view field;
    ResourceState state;
  };
  bool found = false;
  for (const auto& [field, state] : {State{"active_state", ResourceState::kActive},
                                     State{"warming_state", ResourceState::kWarming},
                                     State{"draining_state", ResourceState::kDraining}}) {
    const json::Value held = entry[field];
    if (!held) continue;
    found = true;
    if (held["listener"].is_object()) {
      add_resource(kind.section, state, held["listener"], held);
    } else {
      leave_out(kind.section,
                fmt::format("{} of listener '{}' holds no listener", field, entry["name"].text()),
                held);
    }
  }
  // Envoy 1.12 and before: the entry holds the listener itself.
  if (!found && entry["listener"].is_object()) {
    add_resource(kind.section, kind.state, entry["listener"], entry);
    found = true;
  }
  if (!add_rejected(kind.section, entry, entry["error_state"]) && !found) {
    leave_out(kind.section, fmt::format("entry {} of {} is in no state", index, kind.field), entry);
  }
}

bool SnapshotBuilder::add_rejected(Section section, json::Value entry, json::Value error) {
  if (!error) return false;
  const json::Value refused = error["failed_configuration"];
  // Rejected listeners may stand in an entry without a name.
  std::string_view name = entry["name"].text();
  const json::Value body = refused["listener"] ? refused["listener"] : refused;
  if (name.empty()) name = body[name_field(section)].text();
  const std::string_view details = error["details"].text();
  // Envoy tells a refused update twice: in the listener's entry, and in one without a name.
  if (!rejected_.emplace(section, name, details).second) return true;
  put({section, ResourceState::kRejected, name, body, entry, details});
  return true;
}

void SnapshotBuilder::add_resource(Section section, ResourceState state, json::Value body,
                                   json::Value entry) {
  if (!body.is_object()) {
    leave_out(section, fmt::format("a resource among the {} is no object", section_name(section)),
              body);
    return;
  }
  if (!fits_section(body, section)) {
    leave_out(section,
              fmt::format("a {} among the {}", body.at("@type").text(), section_name(section)),
              body);
    return;
  }
  json::Value name = body[name_field(section)];
  if (!name && section == Section::kSecrets) name = entry["name"];
  if (!name && section == Section::kClusters) add_problem("a cluster without a name", body);
  // Reading it notes the mismatch.
  if (name && !name.string()) section_data(section).broken = true;
  put({section, state, name.text(), body, entry, {}});
}

void SnapshotBuilder::put(Resource resource) {
  auto& data = section_data(resource.section);
  const auto index = static_cast<std::size_t>(resource.section);
  const auto [begin, end] = earlier_[index].equal_range(resource.name);
  for (auto it = begin; it != end; ++it) {
    Resource& known = data.resources[it->second];
    if (known.state == resource.state) {
      known = resource;
      earlier_[index].erase(it);
      return;
    }
  }
  if (count_one()) data.resources.push_back(resource);
}

}  // namespace xdscope
