-- wrk's script: what it counted, in one line. With ADDRESSES, a file of one path a line, they come in random order.
local file = os.getenv("ADDRESSES")

if file then
  local asked = {}
  math.randomseed(7)
  function init()
    for path in io.lines(file) do
      asked[#asked + 1] = wrk.format("GET", path)
    end
  end
  function request()
    return asked[math.random(#asked)]
  end
end

function done(all, latency)
  local e = all.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  local waits = string.format("%d %d %d", latency:percentile(50), latency:percentile(99), latency.max)
  io.write(string.format("COUNTED %d %d %d %d %s\n", all.requests, errors, all.bytes, all.duration, waits))
end
