#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "dump/builder.h"

namespace xdscope {
namespace {

constexpr int kMaxWrappers = 4;

std::string_view node_id_of(json::Value value, const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kDump:
      if (value["configs"].is_array()) {
        for (const json::Value element : value["configs"].elements()) {
          if (const auto id = element["bootstrap"]["node"]["id"].string()) return *id;
        }
        return {};
      }
      for (const auto& member : value["configs"].members()) {
        if (const auto id = member.value["bootstrap"]["node"]["id"].string()) return *id;
      }
      return {};
    case Shape::Kind::kSection:
      return value["bootstrap"]["node"]["id"].text();
    default:
      return value["node"]["id"].text();
  }
}

class Parts {
 public:
  Parts(const std::shared_ptr<json::Document>& document, std::size_t most)
      : document_(document), most_(most) {}

  void collect(json::Value value, std::string_view label, int depth) {
    if (full()) return;
    const Shape shape = recognize(value);
    if (shape.kind != Shape::Kind::kUnknown) {
      parts_.push_back({document_, value, node_id_of(value, shape), label});
      return;
    }
    if (depth == kMaxWrappers) return;
    for (const auto& [key, member] : value.members()) collect(member, key, depth + 1);
    if (!value.is_array()) return;
    for (const json::Value element : value.elements()) collect(element, label, depth + 1);
  }
  bool full() const { return parts_.size() > most_; }
  std::vector<DumpPart> take() { return std::move(parts_); }

 private:
  const std::shared_ptr<json::Document>& document_;
  std::size_t most_;
  std::vector<DumpPart> parts_;
};

// ztunnel's config_dump has nothing in common with Envoy's but its name.
bool is_ztunnel(json::Value root) {
  return root.is_object() && root.at("workloads") && root.at("services") && !root.at("configs");
}

std::unexpected<Error> not_a_dump(const json::Document& document) {
  std::string seen = "no object";
  const json::Value root = document.roots().front();
  if (is_ztunnel(root)) {
    return fail(ErrorCode::kInput, "this is a dump of ztunnel, which is no Envoy", document.name(),
                "use istioctl ztunnel-config for it");
  }
  if (root.is_object()) {
    seen = "no known field";
    std::size_t count = 0;
    for (const auto& [key, value] : root.members()) {
      if (count == 5) break;
      seen = fmt::format("{}{}{}", count == 0 ? "" : seen, count == 0 ? "" : ", ", printable(key));
      ++count;
    }
    if (count > 0) seen = "its fields are " + seen;
  }
  return fail(ErrorCode::kInput,
              fmt::format("no Envoy configuration in this {} ({})",
                          root.is_array() ? "list" : "JSON", seen),
              document.name(),
              "a dump is what curl -s localhost:15000/config_dump?include_eds prints in the pod");
}

}  // namespace

Result<std::vector<DumpPart>> find_parts(const std::shared_ptr<json::Document>& document,
                                         std::size_t most) {
  Parts found(document, most);
  if (document->roots().empty()) {
    return fail(ErrorCode::kInput, "the file holds nothing", document->name());
  }
  for (const json::Value root : document->roots()) {
    if (!is_ztunnel(root)) found.collect(root, {}, 0);
  }
  if (found.full()) return too_many_resources(most, document->name());
  std::vector<DumpPart> parts = found.take();
  if (parts.empty()) return not_a_dump(*document);
  // The key of a wrapper tells proxies apart only where it holds several dumps.
  const auto is_dump = [](const DumpPart& part) {
    return recognize(part.value).kind == Shape::Kind::kDump;
  };
  if (std::ranges::count_if(parts, is_dump) < 2) {
    for (DumpPart& part : parts) part.label = {};
  }
  return parts;
}

}  // namespace xdscope
