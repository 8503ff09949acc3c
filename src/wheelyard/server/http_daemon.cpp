#include "wheelyard/server/http_daemon.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/server/connection_table.hpp"
#include "wheelyard/server/detail/microhttpd_library.hpp"
#include "wheelyard/server/listener.hpp"

namespace wheelyard::server {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t stream_block = 128u << 10;
constexpr std::size_t thread_stack = 2u << 20;
/// The table keeps to the limit by shutting connections down; until such a one is closed, it needs a place.
constexpr unsigned most_connections = 4;
/// A GET may carry a body, which means nothing; one that is longer ends the connection.
constexpr std::size_t most_discarded = 1u << 20;

/// A request from its first line to the end of its answer.
struct Exchange {
  Request request;
  std::string logged;
  std::string note;
  SteadyClock::time_point begun = SteadyClock::now();
  int status = 0;
  std::uint64_t bytes = 0;
  std::size_t discarded = 0;
  bool headers_seen = false;
  bool answered = false;
};

/// The body of an answer as libmicrohttpd pulls it.
struct Stream {
  std::shared_ptr<Exchange> exchange;
  std::unique_ptr<Reader> reader;
  std::shared_ptr<const std::atomic<bool>> cut;
};

ssize_t pull(void* closure, std::uint64_t, char* buffer, std::size_t capacity) {
  auto& stream = *static_cast<Stream*>(closure);
  try {
    if (stream.reader && !stream.cut->load()) {
      const std::size_t got = stream.reader->read(buffer, capacity);
      stream.exchange->bytes += got;
      if (got > 0) return static_cast<ssize_t>(got);
      stream.exchange->note = "the store gave fewer bytes than it had announced";
    } else {
      stream.exchange->note = "the server stopped";
    }
  } catch (const std::exception& failure) {
    stream.exchange->note = failure.what();
  }
  // The connection is closed short of Content-Length: the client sees that the body is not whole.
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

void free_stream(void* closure) {
  delete static_cast<Stream*>(closure);
}
void free_nothing(void*) {}
void free_bytes(void* closure) {
  delete static_cast<std::shared_ptr<const std::string>*>(closure);
}

int socket_of(MHD_Connection* connection) {
  const auto* info =
      MicrohttpdLibrary::get().get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

std::string client_of(MHD_Connection* connection) {
  const auto* info =
      MicrohttpdLibrary::get().get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return "?";
  char text[INET6_ADDRSTRLEN] = "?";
  if (info->client_addr->sa_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(info->client_addr);
    inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text));
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(address->sin6_port));
  }
  const auto* address = reinterpret_cast<const sockaddr_in*>(info->client_addr);
  inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
  return std::string(text) + ":" + std::to_string(ntohs(address->sin_port));
}

MHD_Result add_header(void* closure, MHD_ValueKind, const char* name, const char* value) {
  static_cast<http::Headers*>(closure)->add(name ? name : "", value ? value : "");
  return MHD_YES;
}

/// `cut`: the server stops, and answers that are not whole end because of it.
const char* note_of(MHD_RequestTerminationCode code, bool cut) {
  if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK) return "";
  if (cut) return "the server stopped";
  return code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED ? "the client took nothing for too long"
                                                        : "the client went away";
}

/// Threads that are begun while this lives take no signals: those are for the program's own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t former_;
};

/// Every connection is a descriptor, and every answer from a folder another one.
void allow_descriptors(unsigned connections) {
  rlimit limit{};
  const rlim_t wanted = 2 * static_cast<rlim_t>(connections) + 64;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct HttpDaemon::State {
  State(DaemonOptions wanted, Handler handle, Finished finish)
      : options(std::move(wanted)), handler(std::move(handle)), finished(std::move(finish)) {}

  static void* begin(void*, const char* uri, MHD_Connection*);
  static MHD_Result access(void* closure, MHD_Connection* connection, const char*, const char* method,
                           const char*, const char*, std::size_t* upload_size, void** context);
  static void end(void* closure, MHD_Connection* connection, void** context, MHD_RequestTerminationCode code);
  static void notify(void* closure, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode code);

  MHD_Result send(MHD_Connection* connection, const std::shared_ptr<Exchange>& exchange, Reply reply);

  const DaemonOptions options;
  const Handler handler;
  const Finished finished;
  std::optional<ConnectionTable> connections;
  std::shared_ptr<std::atomic<bool>> cut = std::make_shared<std::atomic<bool>>(false);
  Listener listener;
  MHD_Daemon* daemon = nullptr;
  std::mutex stopping;
};

void* HttpDaemon::State::begin(void*, const char* uri, MHD_Connection*) {
  auto exchange = std::make_shared<Exchange>();
  const std::string_view target = uri ? uri : "";
  const auto question = target.find('?');
  exchange->request.path = target.substr(0, question);
  if (question != std::string_view::npos) exchange->request.query = target.substr(question + 1);
  return new std::shared_ptr<Exchange>(std::move(exchange));
}

MHD_Result HttpDaemon::State::access(void* closure, MHD_Connection* connection, const char*,
                                     const char* method, const char*, const char*, std::size_t* upload_size,
                                     void** context) {
  auto& state = *static_cast<State*>(closure);
  const auto& exchange = *static_cast<std::shared_ptr<Exchange>*>(*context);
  if (!exchange->headers_seen) {
    exchange->headers_seen = true;
    state.connections->request_begun(socket_of(connection));
    exchange->request.method = method;
    exchange->request.client = client_of(connection);
    MicrohttpdLibrary::get().get_connection_values(connection, MHD_HEADER_KIND, add_header,
                                                   &exchange->request.headers);
    // What body a GET has is read to its end first; other methods are refused at once.
    if (method == std::string_view("GET") || method == std::string_view("HEAD")) return MHD_YES;
  } else if (*upload_size > 0) {
    exchange->discarded += *upload_size;
    *upload_size = 0;
    return exchange->discarded > most_discarded ? MHD_NO : MHD_YES;
  }
  if (exchange->answered) return MHD_YES;
  exchange->answered = true;
  return state.send(connection, exchange, state.handler(exchange->request, exchange->logged));
}

MHD_Result HttpDaemon::State::send(MHD_Connection* connection, const std::shared_ptr<Exchange>& exchange,
                                   Reply reply) {
  exchange->status = reply.status;
  exchange->note = std::move(reply.note);
  const bool has_body = !exchange->request.is_head() && reply.status != 304;
  const MicrohttpdLibrary& mhd = MicrohttpdLibrary::get();
  MHD_Response* response = nullptr;
  if (reply.bytes) {
    const std::string& bytes = *reply.bytes;
    auto* owner = new std::shared_ptr<const std::string>(std::move(reply.bytes));
    response =
        mhd.create_response_from_buffer(bytes.size(), const_cast<char*>(bytes.data()), free_bytes, owner);
    if (response == nullptr) delete owner;
    if (has_body) exchange->bytes = bytes.size();
  } else if (reply.length > 0) {
    auto* stream = new Stream{exchange, std::move(reply.stream), cut};
    response = mhd.create_response_from_callback(reply.length, stream_block, pull, stream, free_stream);
    if (response == nullptr) delete stream;
  } else {
    response = mhd.create_response_from_buffer(0, nullptr, free_nothing, nullptr);
  }
  if (response == nullptr) return MHD_NO;
  for (const auto& [name, value] : reply.headers.fields()) {
    mhd.add_response_header(response, name.c_str(), value.c_str());
  }
  const auto result = mhd.queue_response(connection, static_cast<unsigned>(reply.status), response);
  mhd.destroy_response(response);
  return result;
}

void HttpDaemon::State::end(void* closure, MHD_Connection* connection, void** context,
                            MHD_RequestTerminationCode code) {
  auto& state = *static_cast<State*>(closure);
  const std::unique_ptr<std::shared_ptr<Exchange>> owner(static_cast<std::shared_ptr<Exchange>*>(*context));
  *context = nullptr;
  if (!owner) return;
  Exchange& exchange = **owner;
  if (exchange.answered) {
    if (exchange.note.empty()) exchange.note = note_of(code, state.cut->load());
    Outcome outcome{
        exchange.status, exchange.bytes,
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - exchange.begun),
        std::move(exchange.note)};
    state.finished(exchange.request, exchange.logged, outcome);
  }
  if (exchange.headers_seen) state.connections->request_ended(socket_of(connection));
}

void HttpDaemon::State::notify(void* closure, MHD_Connection* connection, void**,
                               MHD_ConnectionNotificationCode code) {
  auto& state = *static_cast<State*>(closure);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    state.connections->opened(socket_of(connection));
  } else {
    state.connections->closed(socket_of(connection));
  }
}

HttpDaemon::HttpDaemon(DaemonOptions options, Handler handler, Finished finished)
    : state_(std::make_shared<State>(std::move(options), std::move(handler), std::move(finished))) {}

HttpDaemon::~HttpDaemon() {
  stop(std::chrono::milliseconds{0});
}

void HttpDaemon::start() {
  State& state = *state_;
  allow_descriptors(state.options.max_connections);
  state.listener = listen_on(state.options.host, state.options.port);
  const SignalsBlocked blocked;
  state.connections.emplace(ConnectionTable::Limits{state.options.max_connections,
                                                    state.options.first_request, state.options.next_request});
  // The path is taken as it stands on the wire: parse_route decodes it, once.
  constexpr auto keep_escapes =
      +[](void*, MHD_Connection*, char* text) { return std::char_traits<char>::length(text); };
  state.daemon = MicrohttpdLibrary::get().start_daemon(
      MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0,
      nullptr, nullptr, &State::access, &state,                                                    //
      MHD_OPTION_LISTEN_SOCKET, state.listener.socket.get(),                                       //
      MHD_OPTION_CONNECTION_LIMIT, most_connections * state.options.max_connections,               //
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(state.options.stalled_client.count()),  //
      MHD_OPTION_THREAD_STACK_SIZE, thread_stack,                                                  //
      MHD_OPTION_URI_LOG_CALLBACK, &State::begin, &state,                                          //
      MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, nullptr,                                         //
      MHD_OPTION_NOTIFY_COMPLETED, &State::end, &state,                                            //
      MHD_OPTION_NOTIFY_CONNECTION, &State::notify, &state,                                        //
      MHD_OPTION_STRICT_FOR_CLIENT, 1,                                                             //
      MHD_OPTION_END);
  if (state.daemon == nullptr) {
    state.listener.socket.reset();
    throw Error(ErrorCode::unavailable, "start", "the HTTP server",
                "libmicrohttpd could not begin its threads");
  }
}

std::uint16_t HttpDaemon::port() const {
  return state_->listener.port;
}

bool HttpDaemon::stop(std::chrono::milliseconds grace) {
  State& state = *state_;
  const std::lock_guard lock(state.stopping);
  MHD_Daemon* daemon = std::exchange(state.daemon, nullptr);
  if (daemon == nullptr) return true;
  MicrohttpdLibrary::get().quiesce_daemon(daemon);
  state.connections->wait_until_quiet(grace);
  state.cut->store(true);
  // It joins every connection's thread, and one of them may hang in a store that does not answer: the thread
  // that waits for them keeps alive all that they use.
  std::promise<void> ended;
  auto has_ended = ended.get_future();
  const SignalsBlocked blocked;
  std::thread stopper([keep = state_, daemon, done = std::move(ended)]() mutable {
    MicrohttpdLibrary::get().stop_daemon(daemon);
    done.set_value();
  });
  if (has_ended.wait_for(std::chrono::seconds{2}) != std::future_status::ready) {
    stopper.detach();
    return false;
  }
  stopper.join();
  state.listener.socket.reset();
  return true;
}

}  // namespace wheelyard::server
