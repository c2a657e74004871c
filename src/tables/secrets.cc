#include <algorithm>

#include <fmt/format.h>

#include "base/certificate.h"
#include "base/time.h"
#include "base/try.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

struct Item {
  std::string name;
  std::string_view state;
  std::string pem;
  std::string trust_domain;
};

// DataSource: only what the dump itself holds; a file of the pod is not at hand.
std::string inline_data(json::Value source) {
  if (const auto bytes = source["inline_bytes"].string()) {
    auto decoded = decode_base64(*bytes);
    return decoded ? *decoded : std::string();
  }
  return std::string(source["inline_string"].text());
}

std::string_view status_of(const Resource& resource) {
  switch (resource.state) {
    case ResourceState::kStatic:
      return "STATIC";
    case ResourceState::kActive:
      return "ACTIVE";
    default:
      return "WARMING";  // also one whose only update was refused: it is still waited for
  }
}

bool is_shown(const Resource& resource, Columns columns) {
  if (resource.state == ResourceState::kStatic) return columns == Columns::kWide;
  // A refused update beside the secret that is used has no row of its own.
  return resource.state != ResourceState::kRejected || !resource.entry["secret"];
}

void add_items(const Resource& resource, std::vector<Item>& items) {
  const std::string_view state = status_of(resource);
  Item item{std::string(resource.entry["name"].string_or(resource.name)), state, {}, {}};
  // What was refused is no certificate in use.
  const json::Value body =
      resource.state == ResourceState::kRejected ? json::Value() : resource.body;
  const json::Value context = body["validation_context"];
  item.pem = inline_data(body["tls_certificate"]["certificate_chain"]);
  if (item.pem.empty()) item.pem = inline_data(context["trusted_ca"]);
  const auto domains =
      context["custom_validator_config"]["typed_config"]["trust_domains"].elements();
  if (item.pem.empty() && domains.begin() != domains.end()) {
    // A SPIFFE validator: a bundle for each trust domain.
    for (const json::Value domain : domains) {
      items.push_back({std::string(resource.name), state, inline_data(domain["trust_bundle"]),
                       std::string(domain["name"].text())});
    }
    return;
  }
  items.push_back(std::move(item));
}

std::string trust_domain_of(const Certificate& certificate) {
  constexpr std::string_view kScheme = "spiffe://";
  std::string domain;
  // Of several the last, as istioctl reads them.
  for (const std::string& uri : certificate.uris) {
    if (!uri.starts_with(kScheme)) continue;
    const std::string_view rest = std::string_view(uri).substr(kScheme.size());
    domain = rest.substr(0, rest.find('/'));
  }
  return domain;
}

}  // namespace

Result<Table> secrets(const Snapshot& snapshot, std::int64_t now, Columns columns) {
  XDSCOPE_TRY(require_section(snapshot, Section::kSecrets));
  std::vector<Item> items;
  for (const Resource& resource : snapshot.resources(Section::kSecrets)) {
    if (is_shown(resource, columns)) add_items(resource, items);
  }
  Table table;
  if (items.empty()) {
    table.sentence = "No active or warming secrets found.";
    return table;
  }
  table.header = {"RESOURCE NAME", "TYPE",      "STATUS",    "VALID CERT",
                  "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE"};
  bool all_have_domains = true;
  for (Item& item : items) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(columns == Columns::kAll ? fmt::format("secret/{}", item.name) : item.name);
    const auto certificate = parse_certificate(item.pem);
    if (certificate) {
      const bool valid = certificate->not_before < now && now < certificate->not_after;
      row.insert(row.end(),
                 {certificate->is_ca ? "CA" : "Cert Chain", std::string(item.state),
                  valid ? "true" : "false", certificate->serial,
                  format_time(certificate->not_after), format_time(certificate->not_before)});
      if (item.trust_domain.empty()) item.trust_domain = trust_domain_of(*certificate);
    } else {
      row.insert(row.end(), {"", std::string(item.state), "false", "", "", ""});
      item.trust_domain.clear();
    }
    all_have_domains = all_have_domains && !item.trust_domain.empty();
  }
  if (all_have_domains) {
    table.header.emplace_back("TRUST DOMAIN");
    for (std::size_t i = 0; i < items.size(); ++i) table.rows[i].push_back(items[i].trust_domain);
  }
  return table;
}

}  // namespace xdscope::tables
