#include "trace/rbac_node.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/metadata.h"
#include "trace/path_matcher.h"

namespace xdscope::trace {
namespace {

constexpr int kMaxDepth = 100;

std::optional<IpRange> range_of(json::Value range) {
  return parse_range(range["address_prefix"].text(),
                     static_cast<std::uint32_t>(range["prefix_len"].integer_or(0)));
}

Verdict in_range(const std::optional<IpRange>& range, const std::optional<IpAddress>& ip) {
  if (!ip || !range) return Verdict::kUnknown;
  return verdict(range->contains(*ip));
}

}  // namespace

std::unique_ptr<RbacNode> RbacNode::permission(json::Value config, Repeats repeats) {
  return make(config, true, repeats, 0);
}
std::unique_ptr<RbacNode> RbacNode::principal(json::Value config, Repeats repeats) {
  return make(config, false, repeats, 0);
}

std::unique_ptr<RbacNode> RbacNode::any_of(json::Value list, bool permissions, Repeats repeats) {
  auto node = std::make_unique<RbacNode>();
  node->kind_ = Kind::kOr;
  for (const json::Value one : list.elements()) {
    node->children_.push_back(make(one, permissions, repeats, 0));
  }
  return node;
}

std::unique_ptr<RbacNode> RbacNode::make(json::Value config, bool permission, Repeats repeats,
                                         int depth) {
  auto node = std::make_unique<RbacNode>();
  node->config_ = config;
  if (depth > kMaxDepth) {
    node->name_ = "too deep a nesting";
    return node;
  }
  const auto children = [&](json::Value list, Kind kind) {
    node->kind_ = kind;
    for (const json::Value child : list.elements()) {
      node->children_.push_back(make(child, permission, repeats, depth + 1));
    }
  };
  if (const json::Value all = config[permission ? "and_rules" : "and_ids"]) {
    children(all[permission ? "rules" : "ids"], Kind::kAnd);
  } else if (const json::Value any = config[permission ? "or_rules" : "or_ids"]) {
    children(any[permission ? "rules" : "ids"], Kind::kOr);
  } else if (const json::Value inner = config[permission ? "not_rule" : "not_id"]) {
    node->kind_ = Kind::kNot;
    node->children_.push_back(make(inner, permission, repeats, depth + 1));
  } else if (config["any"].boolean_or(false)) {
    node->kind_ = Kind::kAny;
  } else if (const json::Value header = config["header"]) {
    node->kind_ = Kind::kHeader;
    node->header_.emplace(decode_header_matcher(header), repeats);
  } else if (const json::Value path = config["url_path"]["path"]) {
    node->kind_ = Kind::kUrlPath;
    node->string_.emplace(decode_string_matcher(path));
  } else if (config["metadata"]) {
    node->kind_ = Kind::kMetadata;
    node->config_ = config["metadata"];
  } else if (const json::Value sourced = config["sourced_metadata"]) {
    const bool dynamic = sourced["metadata_source"].string_or("DYNAMIC") == "DYNAMIC";
    node->kind_ = dynamic ? Kind::kMetadata : Kind::kUnknown;
    node->name_ = "route metadata";
    node->config_ = sourced["metadata_matcher"];
  } else if (permission) {
    node->make_permission_leaf(config);
  } else {
    node->make_principal_leaf(config);
  }
  return node;
}

void RbacNode::make_permission_leaf(json::Value config) {
  if (const json::Value ip = config["destination_ip"]) {
    kind_ = Kind::kDestinationIp;
    range_ = range_of(ip);
  } else if (const auto port = config["destination_port"].integer()) {
    kind_ = Kind::kDestinationPort;
    port_begin_ = *port;
    port_end_ = *port + 1;
  } else if (const json::Value range = config["destination_port_range"]) {
    kind_ = Kind::kDestinationPort;
    port_begin_ = range["start"].integer_or(0);
    port_end_ = range["end"].integer_or(0);
  } else if (const json::Value name = config["requested_server_name"]) {
    kind_ = Kind::kServerName;
    string_.emplace(decode_string_matcher(name));
  } else if (const json::Value one = config["uri_template"]) {
    kind_ = Kind::kUriTemplate;
    name_ = decode_extension(one).config["path_template"].text();
    std::string error;
    template_ = Regex(template_expression(name_, error));
  } else {
    for (const json::Member member : config.members()) name_ = member.key;
  }
}

void RbacNode::make_principal_leaf(json::Value config) {
  if (const json::Value authenticated = config["authenticated"]) {
    kind_ = Kind::kAuthenticated;
    if (const json::Value principal = authenticated["principal_name"]) {
      string_.emplace(decode_string_matcher(principal));
    }
  } else if (const json::Value ip = config["source_ip"]) {
    kind_ = Kind::kSourceIp;
    range_ = range_of(ip);
  } else if (const json::Value direct = config["direct_remote_ip"]) {
    kind_ = Kind::kSourceIp;
    range_ = range_of(direct);
  } else if (const json::Value remote = config["remote_ip"]) {
    kind_ = Kind::kRemoteIp;
    range_ = range_of(remote);
  } else if (const json::Value state = config["filter_state"]) {
    name_ = state["key"].text();
    // The only one whose value is known: Istio keeps the peer's identity there.
    if (name_ == "io.istio.peer_principal" && state["string_match"]) {
      kind_ = Kind::kFilterState;
      string_.emplace(decode_string_matcher(state["string_match"]));
    }
  } else {
    for (const json::Member member : config.members()) name_ = member.key;
  }
}

Verdict RbacNode::evaluate(const RbacInput& input, std::string* why) const {
  switch (kind_) {
    case Kind::kAny:
      return Verdict::kYes;
    case Kind::kAnd: {
      Verdict result = Verdict::kYes;
      for (const auto& child : children_) {
        const Verdict one = child->evaluate(input, result == Verdict::kYes ? why : nullptr);
        if (one == Verdict::kNo) {
          if (result == Verdict::kUnknown && why != nullptr) child->evaluate(input, why);
          return one;
        }
        result = std::min(result, one);
      }
      return result;
    }
    case Kind::kOr: {
      Verdict result = Verdict::kNo;
      std::string first;
      for (const auto& child : children_) {
        std::string reason;
        const Verdict one = child->evaluate(input, why == nullptr ? nullptr : &reason);
        if (one == Verdict::kYes) return one;
        if (first.empty() || one > result) first = std::move(reason);
        result = std::max(result, one);
      }
      if (why != nullptr) *why = std::move(first);
      return result;
    }
    case Kind::kNot: {
      std::string inner;
      const Verdict result = !children_.front()->evaluate(input, why == nullptr ? nullptr : &inner);
      if (result != Verdict::kYes && why != nullptr) {
        *why = inner.empty() ? "a condition that must not hold does" : "not: " + inner;
      }
      return result;
    }
    default:
      return leaf(input, why);
  }
}

// The client's identity: its certificate's URI, known where the user gave it.
Verdict RbacNode::identity_matches(const RbacInput& input) const {
  const Connection& connection = input.connection;
  if (!connection.tls_terminated) return Verdict::kNo;
  // Without a name asked for, any TLS client will do.
  if (kind_ == Kind::kAuthenticated && !string_) return Verdict::kYes;
  if (!connection.identity) return Verdict::kUnknown;
  // A client without a certificate has an empty subject.
  if (connection.identity->empty() && kind_ != Kind::kAuthenticated) return Verdict::kNo;
  return string_->matches(*connection.identity);
}

Verdict RbacNode::leaf(const RbacInput& input, std::string* why) const {
  const Connection& connection = input.connection;
  Verdict result = Verdict::kUnknown;
  switch (kind_) {
    case Kind::kHeader:
      result = header_->matches(input.request);
      break;
    case Kind::kUrlPath:
      result = input.path_known ? string_->matches(input.path) : Verdict::kUnknown;
      break;
    case Kind::kUriTemplate:
      result = input.path_known ? template_.full_match(input.path) : Verdict::kUnknown;
      break;
    case Kind::kDestinationIp:
      result = in_range(range_, connection.local_address);
      break;
    case Kind::kDestinationPort:
      result = verdict(connection.local_port >= port_begin_ && connection.local_port < port_end_);
      break;
    case Kind::kServerName:
      result =
          string_->matches(connection.tls_terminated ? connection.sni : connection.detected_sni);
      break;
    case Kind::kMetadata:
      result = metadata_matches(config_, input.stream);
      break;
    case Kind::kAuthenticated:
    case Kind::kFilterState:
      result = identity_matches(input);
      break;
    case Kind::kSourceIp:
      result = in_range(range_, connection.source);
      break;
    case Kind::kRemoteIp:
      result = in_range(range_, connection.remote);
      break;
    default:
      break;
  }
  if (result != Verdict::kYes && why != nullptr) {
    *why = (result == Verdict::kUnknown ? "not known: " : "") + describe();
  }
  return result;
}

std::string RbacNode::describe() const {
  const auto range = [&] {
    return range_ ? fmt::format("{}/{}", to_string(range_->address), range_->length) : "?";
  };
  switch (kind_) {
    case Kind::kHeader:
      return header_->describe();
    case Kind::kUrlPath:
      return "path " + string_->describe();
    case Kind::kUriTemplate:
      return fmt::format("path template '{}'", printable(name_));
    case Kind::kDestinationIp:
      return "destination in " + range();
    case Kind::kDestinationPort:
      return port_end_ == port_begin_ + 1
                 ? fmt::format("destination port {}", port_begin_)
                 : fmt::format("destination port in [{}, {})", port_begin_, port_end_);
    case Kind::kServerName:
      return "SNI " + string_->describe();
    case Kind::kMetadata: {
      std::string path(config_["filter"].text());
      for (const json::Value segment : config_["path"].elements()) {
        path += fmt::format(".{}", segment["key"].text());
      }
      return "metadata " + printable(path);
    }
    case Kind::kAuthenticated:
    case Kind::kFilterState:
      return string_ ? "client identity " + string_->describe() : "a client certificate";
    case Kind::kSourceIp:
      return "source in " + range();
    case Kind::kRemoteIp:
      return "remote address in " + range();
    default:
      return printable(name_);
  }
}

}  // namespace xdscope::trace
