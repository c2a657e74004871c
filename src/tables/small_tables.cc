// The tables of extension configurations and of the bootstrap.
#include <algorithm>

#include <fmt/format.h>

#include "base/try.h"
#include "tables/select.h"

namespace xdscope::tables {

Result<Table> ecds(const Snapshot& snapshot) {
  XDSCOPE_TRY(require_section(snapshot, Section::kEcds));
  Table table;
  table.header = {"ECDS NAME", "TYPE"};
  for (const Resource& resource : snapshot.resources(Section::kEcds)) {
    const Extension extension = decode_extension(resource.body);
    table.rows.push_back({std::string(resource.name), std::string(extension.type)});
  }
  std::ranges::stable_sort(table.rows, {}, [](const std::vector<std::string>& row) {
    return std::pair(row[1], row[0]);
  });
  return table;
}

Result<Table> bootstrap_summary(const Snapshot& snapshot) {
  XDSCOPE_TRY(require_section(snapshot, Section::kBootstrap));
  Table table;
  table.padding = 1;
  const json::Value node = snapshot.bootstrap()["node"];
  const auto add = [&](std::string label, std::string_view value) {
    if (!value.empty()) table.rows.push_back({std::move(label), std::string(value)});
  };
  add("Istio Version:", node["metadata"].at("ISTIO_VERSION").text());
  const std::string_view sha = node["metadata"].at("ISTIO_PROXY_SHA").text();
  const std::size_t colon = sha.find(':');
  add("Istio Proxy Version:", colon == std::string_view::npos ? sha : sha.substr(colon + 1));

  const json::Value build = node["user_agent_build_version"];
  const json::Value version = build["version"];
  std::string envoy =
      fmt::format("{}.{}.{}", version["major_number"].integer_or(0),
                  version["minor_number"].integer_or(0), version["patch"].integer_or(0));
  const json::Value metadata = build["metadata"];
  if (const auto label = metadata.at("build.label").text(); !label.empty()) {
    envoy += fmt::format("-{}", label);
  }
  for (const std::string_view field : {"revision.status", "build.type", "ssl.version"}) {
    if (const auto value = metadata.at(field).text(); !value.empty()) {
      envoy += fmt::format("/{}", value);
    }
  }
  add("Envoy Version:", envoy);
  return table;
}

}  // namespace xdscope::tables
