// What is saved beside the replies: manifest.json.
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/time.h"
#include "base/try.h"
#include "fetch/save.h"
#include "json/document.h"
#include "xdscope/version.h"

namespace xdscope::fetch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json from(const Source& source, const std::string& way, const std::string& context) {
  Json json;
  if (const Pod* pod = std::get_if<Pod>(&source.at)) {
    if (!context.empty()) json["context"] = context;
    json["namespace"] = pod->namespace_;
    json["pod"] = pod->name;
    json["container"] = pod->container;
    json["port"] = pod->admin_port;
  } else {
    json["url"] = source.name;
  }
  json["way"] = way;
  return json;
}

// Envoy's own version and Istio's, from /server_info or a dump's bootstrap.
Json versions(const std::vector<Reply>& replies) {
  Json json = Json::object();
  for (const Reply& reply : replies) {
    if (reply.path != "/server_info") continue;
    const auto document = json::Document::parse(Buffer(reply.body.view()), reply.path);
    if (!document || (*document)->roots().empty()) continue;
    const json::Value root = (*document)->roots().front();
    if (const auto text = root["version"].string()) json["envoy"] = *text;
    const json::Value istio = root["node"]["metadata"].at("ISTIO_VERSION");
    if (const auto text = istio.string()) json["istio"] = *text;
  }
  return json;
}

}  // namespace

Result<SavedProxy> make_saved(const Source& source, Collected collected, Secrets secrets,
                              std::int64_t taken, const std::string& context) {
  SavedProxy saved;
  saved.folder = folder_name(source.name);
  Json manifest;
  Json& head = manifest["xdscope_manifest"];
  head["format"] = kFormat;
  head["xdscope"] = version();
  head["taken"] = format_time(taken);
  head["proxy"] = source.name;
  head["from"] = from(source, collected.way, context);
  head["versions"] = versions(collected.replies);
  head["files"] = Json::array();
  for (Reply& reply : collected.replies) {
    Buffer bytes = std::move(reply.body);
    if (secrets == Secrets::kRedact) {
      auto redacted = redact(std::move(bytes), source.name + reply.path, saved.redactions);
      if (!redacted) return std::unexpected(std::move(redacted.error()));
      bytes = std::move(*redacted);
    }
    head["files"].push_back({{"name", reply.file},
                             {"path", reply.path},
                             {"bytes", bytes.size()},
                             {"sha256", sha256(bytes.view())}});
    saved.files.push_back({reply.file, reply.path, std::move(bytes)});
  }
  head["missing"] = Json::array();
  for (const Error& missing : collected.missing) {
    head["missing"].push_back({{"what", missing.message}, {"where", missing.where}});
  }
  if (secrets == Secrets::kRedact) head["redacted"] = saved.redactions;
  const std::string text =
      manifest.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  saved.files.push_back({"manifest.json", "", Buffer(text)});
  return saved;
}

}  // namespace xdscope::fetch
