<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>diagnostics</name>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>{good} succeeded, {bad} failed</source>
      <translation>{good} 次成功，{bad} 次失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>not used yet</source>
      <translation>尚未使用</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>{time} left</source>
      <translation>还剩 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Addresses</source>
      <translation>地址</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Recent lookups</source>
      <translation>最近的域名解析</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>{n} banned</source>
      <translation>{n} 个被禁用</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Rank</source>
      <translation>名次</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Address</source>
      <translation>地址</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Host</source>
      <translation>主机</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Source</source>
      <translation>来源</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>For</source>
      <translation>用于</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Banned</source>
      <translation>禁用</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Recent results</source>
      <translation>最近结果</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>In use by</source>
      <translation>使用者</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/address_page.py" />
      <source>Answer</source>
      <translation>应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Checks</source>
      <translation>检查项</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Verdict</source>
      <translation>结论</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Progress of the diagnosis</source>
      <translation>诊断进度</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Checking… {done} checks done</source>
      <translation>正在检查…已完成 {done} 项</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Run it again</source>
      <translation>重新诊断</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Run a diagnosis</source>
      <translation>运行诊断</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Checking… {done} of {total} checks done</source>
      <translation>正在检查…已完成 {done} / {total} 项</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Check</source>
      <translation>检查</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Target</source>
      <translation>目标</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Result</source>
      <translation>结果</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Response time</source>
      <translation>应答时间</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Detail</source>
      <translation>详情</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>Checks the router, name lookup, the server and the route to it. Takes about 15 s.</source>
      <translation>检查路由器、域名、服务器以及沿途路径，约需 15 秒。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>The diagnosis could not run: {why}</source>
      <translation>无法运行诊断：{why}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/diagnosis_page.py" />
      <source>You are connected now.</source>
      <translation>现在已连接。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>{shown} of {total}</source>
      <translation>{shown} / {total}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Filter by event or field</source>
      <translation>按事件或字段筛选</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Filter the events</source>
      <translation>筛选事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Events to show</source>
      <translation>要显示的事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Only problems</source>
      <translation>只看问题</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Events</source>
      <translation>事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Selected event</source>
      <translation>选中的事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Select an event to see its fields.</source>
      <translation>选择一个事件，查看它的字段。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Show the task</source>
      <translation>查看该任务</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>{n} dropped</source>
      <translation>已丢弃 {n} 条</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Time</source>
      <translation>时间</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Category</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Event</source>
      <translation>事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/event_page.py" />
      <source>Fields</source>
      <translation>字段</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>Last change {clock}, {ago}: {state}</source>
      <translation>上次变化 {clock}（{ago}）：{state}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>{what}: {why}</source>
      <translation>{what}：{why}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>No link activity yet.</source>
      <translation>链路上还没有活动。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>Connection</source>
      <translation>连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>Round trip</source>
      <translation>往返时间</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>for {time}</source>
      <translation>持续 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>the network asks you to log in</source>
      <translation>网络要求登录</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>address from {by}</source>
      <translation>地址来源：{by}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>proxy {proxy}</source>
      <translation>代理 {proxy}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>connected in {time}</source>
      <translation>连接用时 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>the server's name could not be resolved</source>
      <translation>服务器的名称无法解析</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>before: {why}</source>
      <translation>此前：{why}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/header.py" />
      <source>connects in {time}</source>
      <translation>{time}后连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>sent {n} times</source>
      <translation>已发送 {n} 次</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>{n} of the last 8 results good</source>
      <translation>最近 8 次中 {n} 次成功</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>{size}, {used} of the budget used</source>
      <translation>{size}，已用额度 {used}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>weak</source>
      <translation>弱</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>good</source>
      <translation>良好</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>while the long link is down</source>
      <translation>长连接断开时进行</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Flow limiter</source>
      <translation>流量限制</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>mobile networks</source>
      <translation>移动网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Wi-Fi and cable</source>
      <translation>Wi-Fi 与有线</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>in {time}</source>
      <translation>{time}后</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>{used} of {volume}</source>
      <translation>{used} / {volume}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>not in use: applies only on mobile networks</source>
      <translation>未启用：仅适用于移动网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>{n} parked, {m} resumed</source>
      <translation>{n} 个搁置，{m} 个已恢复</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Level</source>
      <translation>等级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>First package</source>
      <translation>首包</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Between packages</source>
      <translation>包间</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Read-write</source>
      <translation>读写</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Weak</source>
      <translation>弱网</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Long link</source>
      <translation>长连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Short link</source>
      <translation>短连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Next sync</source>
      <translation>下次同步</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Answers kept</source>
      <translation>保留的应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Current time-outs</source>
      <translation>当前超时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Network</source>
      <translation>网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Weak network</source>
      <translation>弱网</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Frequency limiter: equal requests</source>
      <translation>频率限制：相同请求</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Refused by a limiter</source>
      <translation>被限制拒绝</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Parked tasks (zombies)</source>
      <translation>搁置的任务（僵尸队列）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>no change yet</source>
      <translation>尚无变化</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>nothing yet</source>
      <translation>暂无</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>since {clock}</source>
      <translation>自 {clock} 起</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Change</source>
      <translation>变化</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Before</source>
      <translation>此前持续</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Request</source>
      <translation>请求</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Body</source>
      <translation>包体</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Count</source>
      <translation>次数</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Last</source>
      <translation>上次</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Limiter</source>
      <translation>限制</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Task</source>
      <translation>任务</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Why</source>
      <translation>原因</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Parked for</source>
      <translation>已搁置</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Gives up in</source>
      <translation>放弃倒计时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Link</source>
      <translation>链路</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Cgi</source>
      <translation>CGI</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Sent</source>
      <translation>已发送</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Received</source>
      <translation>已接收</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>Share</source>
      <translation>占比</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>By network type, on the wire</source>
      <translation>按网络类型（线路字节）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>By link, on the wire</source>
      <translation>按链路（线路字节）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/limits_page.py" />
      <source>By cgi, bodies</source>
      <translation>按 CGI（包体）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>now {time}</source>
      <translation>当前 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>yes: {reason}</source>
      <translation>是：{reason}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{level}: first package {first}</source>
      <translation>{level}：首包 {first}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>5 min: median {median}, 95 % below {high}, {count} heartbeats</source>
      <translation>5 分钟：中位数 {median}，95 % 低于 {high}，心跳 {count} 次</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>, {n} missed</source>
      <translation>，{n} 次丢失</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{n} running, {ended} finished</source>
      <translation>{n} 个进行中，{ended} 个已结束</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{n}, the longest {time}</source>
      <translation>{n} 次，最长 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{n} of at most {limit}</source>
      <translation>{n}，上限 {limit}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Loading charts…</source>
      <translation>正在加载图表…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Time range</source>
      <translation>显示时段</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>no heartbeat was answered in 5 min</source>
      <translation>5 分钟内没有心跳应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>learned {time}</source>
      <translation>学习值 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Last connection race</source>
      <translation>最近一次连接的竞速</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Current state</source>
      <translation>当前状况</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>unknown</source>
      <translation>未知</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{sent} sent, {received} received</source>
      <translation>发送 {sent}，接收 {received}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>no</source>
      <translation>否</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{n} sockets</source>
      <translation>{n} 个套接字</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>System signals</source>
      <translation>系统信号</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Heartbeat interval</source>
      <translation>心跳间隔</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Time-outs</source>
      <translation>超时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Tasks</source>
      <translation>任务</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Traffic</source>
      <translation>流量</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Stalls</source>
      <translation>卡顿</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Open files</source>
      <translation>打开的文件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{n} failed</source>
      <translation>{n} 个失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>{n} hung</source>
      <translation>{n} 次无响应</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>none yet</source>
      <translation>暂无</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>heartbeat</source>
      <translation>心跳</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>connect</source>
      <translation>连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>slowest answer per second</source>
      <translation>每秒最慢应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>missed</source>
      <translation>丢失</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>TCP</source>
      <translation>TCP</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>proxy</source>
      <translation>代理</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>TLS</source>
      <translation>TLS</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>WebSocket</source>
      <translation>WebSocket</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>QUIC</source>
      <translation>QUIC</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>noop</source>
      <translation>noop</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>running</source>
      <translation>进行中</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>Signal</source>
      <translation>信号</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/overview.py" />
      <source>no winner</source>
      <translation>没有胜出者</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/pages.py" />
      <source>Overview</source>
      <translation>概览</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/pages.py" />
      <source>Limits</source>
      <translation>限制</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/pages.py" />
      <source>Diagnosis</source>
      <translation>诊断</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/pages.py" />
      <source>Pages</source>
      <translation>页面</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/racebars.py" />
      <source>No connection attempts since this window was opened.</source>
      <translation>打开此窗口以来没有连接过。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/racebars.py" />
      <source>started after {time}</source>
      <translation>{time}后开始</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/racebars.py" />
      <source>{n} more</source>
      <translation>另有 {n} 个</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Drop the link</source>
      <translation>断开链路</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Sleep for {time}</source>
      <translation>休眠 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Other Wi-Fi for {time}</source>
      <translation>换一个 Wi-Fi，{time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Mobile network for {time}</source>
      <translation>换成移动网络，{time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>No network for {time}</source>
      <translation>断网 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Weak network for {time}</source>
      <translation>弱网 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Back to the real network</source>
      <translation>恢复真实网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Simulating sleep.</source>
      <translation>正在模拟休眠。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/simulation_menu.py" />
      <source>Simulating another network.</source>
      <translation>正在模拟另一个网络。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Running</source>
      <translation>进行中</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Failed</source>
      <translation>失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Slow</source>
      <translation>缓慢</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Selected task</source>
      <translation>选中的任务</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Attempt {n}</source>
      <translation>第 {n} 次尝试</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Filter by name, number, link or error</source>
      <translation>按名称、编号、链路或错误筛选</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Filter the tasks</source>
      <translation>筛选任务</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Tasks to show</source>
      <translation>要显示的任务</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Align starts</source>
      <translation>起点对齐</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Start every bar at the left to compare durations</source>
      <translation>所有条从左侧开始，便于比较长短</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Show the events of this task</source>
      <translation>查看该任务的事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>attempt {n}</source>
      <translation>第 {n} 次</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Stage</source>
      <translation>阶段</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>From</source>
      <translation>起于</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Took</source>
      <translation>用时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Select a task to see its steps.</source>
      <translation>选择一个任务，查看它的全过程。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>at most {time}</source>
      <translation>最多 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>first-package time-out</source>
      <translation>首包超时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>read-write time-out</source>
      <translation>读写超时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Start</source>
      <translation>开始</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>State</source>
      <translation>状态</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Sent / received</source>
      <translation>发送 / 接收</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/task_page.py" />
      <source>Waterfall</source>
      <translation>瀑布图</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/window.py" />
      <source>Find out what is wrong (Ctrl+R)</source>
      <translation>找出问题所在（Ctrl+R）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/window.py" />
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/window.py" />
      <source>Export for support (Ctrl+E)</source>
      <translation>导出给技术支持（Ctrl+E）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/window.py" />
      <source>Simulate</source>
      <translation>模拟</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/window.py" />
      <source>See what Phobos does when the network changes</source>
      <translation>看看网络变化时 Phobos 如何应对</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/window.py" />
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Not connected yet</source>
      <translation>尚未连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Connected</source>
      <translation>已连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Connected, weak network</source>
      <translation>已连接，网络较弱</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Connecting…</source>
      <translation>正在连接…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Not connected</source>
      <translation>未连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>No network</source>
      <translation>无网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Asleep</source>
      <translation>休眠中</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>idle</source>
      <translation>空闲</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>connecting</source>
      <translation>正在连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>connected</source>
      <translation>已连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>disconnected</source>
      <translation>已断开</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>could not connect</source>
      <translation>连接失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>reconnected on request</source>
      <translation>应要求重新连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>the server closed it</source>
      <translation>服务器关闭了连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>heartbeat not answered</source>
      <translation>心跳无应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>received bytes are not a frame</source>
      <translation>收到的字节不是帧</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>could not read</source>
      <translation>读取失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>could not write</source>
      <translation>写入失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>a task timed out</source>
      <translation>任务超时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>another network</source>
      <translation>更换了网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>the network was lost</source>
      <translation>网络丢失</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>no answer while another connection works</source>
      <translation>无应答，而另一条连接正常</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>a better address answers</source>
      <translation>更好的地址有应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>closed</source>
      <translation>已关闭</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>earlier</source>
      <translation>此前</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>debug</source>
      <translation>调试</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>DNS</source>
      <translation>DNS</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>NewDNS</source>
      <translation>NewDNS</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>backup</source>
      <translation>备用</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Wi-Fi</source>
      <translation>Wi-Fi</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>cable</source>
      <translation>有线</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>mobile</source>
      <translation>移动网络</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>other</source>
      <translation>其他</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>evaluating</source>
      <translation>评估中</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>excellent</source>
      <translation>优秀</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>bad</source>
      <translation>差</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>connected by a later address</source>
      <translation>用靠后的地址才连上</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>slow to connect</source>
      <translation>连接缓慢</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>slow first package</source>
      <translation>首包缓慢</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>slow between packages</source>
      <translation>包间缓慢</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>a slow task</source>
      <translation>任务缓慢</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>a failed task</source>
      <translation>任务失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>a quick task</source>
      <translation>任务迅速</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>no sign of a weak network recently</source>
      <translation>最近没有弱网迹象</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>in the background</source>
      <translation>在后台</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>set manually</source>
      <translation>手动设置</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>waiting</source>
      <translation>等待中</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>parked</source>
      <translation>搁置</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>done</source>
      <translation>完成</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>failed</source>
      <translation>失败</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>long link</source>
      <translation>长连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>short link</source>
      <translation>短连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>any link</source>
      <translation>任意链路</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>minor long link</source>
      <translation>次要长连接</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>intercepted</source>
      <translation>已拦截</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>highest priority</source>
      <translation>最高优先级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>high priority</source>
      <translation>高优先级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>raised priority</source>
      <translation>较高优先级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>normal priority</source>
      <translation>普通优先级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>low priority</source>
      <translation>低优先级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>lowest priority</source>
      <translation>最低优先级</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>queue</source>
      <translation>排队</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>send</source>
      <translation>发送</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>first package</source>
      <translation>首包</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>body</source>
      <translation>包体</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>slow</source>
      <translation>缓慢</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>timed out</source>
      <translation>超时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>won</source>
      <translation>胜出</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>overtaken</source>
      <translation>被超越</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>frequency</source>
      <translation>频率</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>flow</source>
      <translation>流量</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>growing</source>
      <translation>增长中</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>stable</source>
      <translation>已稳定</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Links</source>
      <translation>链路</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Policies</source>
      <translation>策略</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>System</source>
      <translation>系统</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{d} d {h} h</source>
      <translation>{d} 天 {h} 小时</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Phobos came to the front</source>
      <translation>Phobos 转到前台</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Phobos went to the background</source>
      <translation>Phobos 转到后台</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>No one is at the computer</source>
      <translation>无人在电脑前</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>The network asks you to log in</source>
      <translation>网络要求登录</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>The log-in page is gone</source>
      <translation>登录页面已消失</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>On mains power</source>
      <translation>使用外接电源</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>On battery power</source>
      <translation>使用电池</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Unknown power source</source>
      <translation>电源未知</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Going to sleep</source>
      <translation>进入休眠</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Woke</source>
      <translation>已唤醒</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{n} ms</source>
      <translation>{n} 毫秒</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{n} s</source>
      <translation>{n} 秒</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{m} min {s} s</source>
      <translation>{m} 分 {s} 秒</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{h} h {m} min</source>
      <translation>{h} 小时 {m} 分</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>just now</source>
      <translation>刚刚</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{time} ago</source>
      <translation>{time}前</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>was {time}</source>
      <translation>曾为 {time}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Network: {kind}</source>
      <translation>网络：{kind}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Woke after {time}</source>
      <translation>休眠 {time}后唤醒</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>{n} min</source>
      <translation>{n} 分钟</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>no round-trip time</source>
      <translation>暂无往返时间</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>no answer for {time}</source>
      <translation>{time}无应答</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>The network was lost</source>
      <translation>网络丢失</translation>
    </message>
    <message>
      <location filename="app/diagnostics/panel/wording.py" />
      <source>Network: {kind} “{label}”</source>
      <translation>网络：{kind}“{label}”</translation>
    </message>
  </context>
</TS>
