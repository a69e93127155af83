-- For wrk: the request from a file (method, a blank line, the body), and at the end one line for bench/wrk.py.
function init(args)
  local file = assert(io.open(args[1], 'rb'))
  wrk.method = file:read('*l')
  file:read('*l')
  local body = file:read('*a')
  file:close()
  if #body > 0 then
    wrk.body = body
    wrk.headers['Content-Type'] = 'application/json'
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('figures %d %d %d %d %d\n', summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
