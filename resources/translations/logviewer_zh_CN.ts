<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>logviewer</name>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>&amp;File</source>
      <translation>文件(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>&amp;Edit</source>
      <translation>编辑(&amp;E)</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>F&amp;ilter</source>
      <translation>筛选(&amp;I)</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>&amp;Go</source>
      <translation>转到(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>&amp;View</source>
      <translation>视图(&amp;V)</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Tools</source>
      <translation>工具栏</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Open…</source>
      <translation>打开…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Open folder…</source>
      <translation>打开文件夹…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Add logs…</source>
      <translation>添加日志…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Open Phobos's own log</source>
      <translation>打开 Phobos 自己的日志</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Recent</source>
      <translation>最近打开</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Keys…</source>
      <translation>密钥…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Reload</source>
      <translation>重新加载</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Copy</source>
      <translation>复制</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Copy as JSON lines</source>
      <translation>复制为 JSON 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Find…</source>
      <translation>查找…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Find next</source>
      <translation>查找下一个</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Find previous</source>
      <translation>查找上一个</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Highlight rules…</source>
      <translation>高亮规则…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Filter text</source>
      <translation>筛选文本</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Only this tag</source>
      <translation>只看此标签</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Hide this tag</source>
      <translation>隐藏此标签</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Only this thread</source>
      <translation>只看此线程</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>This level and above</source>
      <translation>此级别及以上</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>From here</source>
      <translation>从这里开始</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Until here</source>
      <translation>到这里为止</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Save the filter…</source>
      <translation>保存筛选…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Clear the filter</source>
      <translation>清除筛选</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Go to time…</source>
      <translation>转到时间…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Next error</source>
      <translation>下一个错误</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Previous error</source>
      <translation>上一个错误</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Next damage</source>
      <translation>下一处损坏</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Previous damage</source>
      <translation>上一处损坏</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Next in this thread</source>
      <translation>此线程的下一条</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Previous in this thread</source>
      <translation>此线程的上一条</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Bookmark</source>
      <translation>书签</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Bookmark note…</source>
      <translation>书签备注…</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Next bookmark</source>
      <translation>下一个书签</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Previous bookmark</source>
      <translation>上一个书签</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Follow the end</source>
      <translation>跟随末尾</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Filter panel</source>
      <translation>筛选面板</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Record, findings, bookmarks</source>
      <translation>记录、发现、书签</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Larger text</source>
      <translation>放大文字</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Smaller text</source>
      <translation>缩小文字</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Normal text size</source>
      <translation>正常大小</translation>
    </message>
    <message>
      <location filename="app/logviewer/actions.py" />
      <source>Keyboard shortcuts…</source>
      <translation>键盘快捷键…</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Logs and diagnosis archives</source>
      <translation>日志和诊断存档</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Time in the log. Without a date, it is on the current record's day:</source>
      <translation>日志中的时间；不写日期时取当前记录的那一天：</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Open logs</source>
      <translation>打开日志</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Open a folder of logs</source>
      <translation>打开日志文件夹</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Enter a name.</source>
      <translation>请输入名称。</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Enter a time such as 14:35, 14:35:02.880 or 2026-11-24 14:35.</source>
      <translation>请输入时间，例如 14:35、14:35:02.880 或 2026-11-24 14:35。</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Nothing further in this direction.</source>
      <translation>没有更多了。</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Save the filter</source>
      <translation>保存筛选</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>Go to time</source>
      <translation>转到时间</translation>
    </message>
    <message>
      <location filename="app/logviewer/commands.py" />
      <source>All files</source>
      <translation>所有文件</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Orange</source>
      <translation>橙色</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Green</source>
      <translation>绿色</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Violet</source>
      <translation>紫色</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Teal</source>
      <translation>青色</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Gold</source>
      <translation>金色</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Magenta</source>
      <translation>品红</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>This system has no keyring. The keys are stored unencrypted in {path}, which only your account can read.</source>
      <translation>此系统没有密钥环。密钥未加密地保存在 {path} 中，只有你的账号可以读取。</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Keys</source>
      <translation>密钥</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Private keys</source>
      <translation>私钥</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Remove</source>
      <translation>移除</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>for example, release builds</source>
      <translation>例如：正式版</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>64 hexadecimal digits</source>
      <translation>64 位十六进制数字</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Add key</source>
      <translation>添加密钥</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Stored in the system keyring ({name}).</source>
      <translation>保存在系统密钥环中（{name}）。</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Highlight rules</source>
      <translation>高亮规则</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Rows containing…</source>
      <translation>包含以下内容的行…</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Colour</source>
      <translation>颜色</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Add</source>
      <translation>添加</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Can't read the keys: {reason}</source>
      <translation>无法读取密钥：{reason}</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>The keys work now but could not be saved: {reason}</source>
      <translation>密钥现在可用，但无法保存：{reason}</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Move up</source>
      <translation>上移</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Private key</source>
      <translation>私钥</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>Not a valid private key. A key has 64 hexadecimal digits.</source>
      <translation>私钥无效：应为 64 位十六进制数字。</translation>
    </message>
    <message>
      <location filename="app/logviewer/dialogs.py" />
      <source>public</source>
      <translation>公钥</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>{n} rows copied</source>
      <translation>已复制 {n} 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>Export {n} rows</source>
      <translation>导出 {n} 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>{n} rows are too many to copy. Export them instead.</source>
      <translation>{n} 行太多，无法复制，请改用导出。</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>Text</source>
      <translation>文本</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>JSON lines</source>
      <translation>JSON 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>CSV</source>
      <translation>CSV</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>Can't write {path}: {reason}</source>
      <translation>无法写入 {path}：{reason}</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>Exporting… {n}</source>
      <translation>正在导出… {n}</translation>
    </message>
    <message>
      <location filename="app/logviewer/extracts.py" />
      <source>{n} rows written to {path}</source>
      <translation>已将 {n} 行写入 {path}</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Levels</source>
      <translation>级别</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Logs</source>
      <translation>日志</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Tags</source>
      <translation>标签</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Threads</source>
      <translation>线程</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Filter</source>
      <translation>筛选</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Lines containing…</source>
      <translation>包含…的行</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>+ Include</source>
      <translation>+ 包含</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Add as a condition (Enter)</source>
      <translation>添加为条件（回车）</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>− Exclude</source>
      <translation>− 排除</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Hide lines containing this text</source>
      <translation>隐藏包含此文本的行</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Levels, logs, tags and threads to show</source>
      <translation>要显示的级别、日志、标签和线程</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>From</source>
      <translation>从</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>To</source>
      <translation>到</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Only this</source>
      <translation>只看这个</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Saved filters</source>
      <translation>已保存的筛选</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>Clear the filter (Ctrl+Backspace)</source>
      <translation>清除筛选（Ctrl+Backspace）</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>any time</source>
      <translation>任意时间</translation>
    </message>
    <message>
      <location filename="app/logviewer/filterpanel.py" />
      <source>(none)</source>
      <translation>（无）</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Find in the rows shown</source>
      <translation>在显示的行中查找</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Find</source>
      <translation>查找</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Number of results</source>
      <translation>结果数量</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Stopped: {reason}</source>
      <translation>已停止：{reason}</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Regular expression</source>
      <translation>正则表达式</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Match case</source>
      <translation>区分大小写</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Not a valid regular expression: {reason}</source>
      <translation>正则表达式无效：{reason}</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Previous (Shift+F3)</source>
      <translation>上一个（Shift+F3）</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Next (F3)</source>
      <translation>下一个（F3）</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>Close (Esc)</source>
      <translation>关闭（Esc）</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>{count}…</source>
      <translation>{count}…</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>No results</source>
      <translation>没有结果</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>{n} of {total}</source>
      <translation>第 {n} 个，共 {total} 个</translation>
    </message>
    <message>
      <location filename="app/logviewer/findbar.py" />
      <source>{count} found</source>
      <translation>找到 {count} 个</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Time</source>
      <translation>时间</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Level</source>
      <translation>级别</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Tag</source>
      <translation>标签</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Thread</source>
      <translation>线程</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Message</source>
      <translation>消息</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Verbose</source>
      <translation>详细</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Debug</source>
      <translation>调试</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Info</source>
      <translation>信息</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Warning</source>
      <translation>警告</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Error</source>
      <translation>错误</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Fatal</source>
      <translation>致命</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>No level</source>
      <translation>无级别</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Damage</source>
      <translation>损坏</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Encrypted block</source>
      <translation>加密的块</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Log cut short</source>
      <translation>日志被截断</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Wrong block length</source>
      <translation>块长度有误</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Damaged block end</source>
      <translation>块结尾损坏</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Damaged block</source>
      <translation>块损坏</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Lost block header</source>
      <translation>块头丢失</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Damaged client key</source>
      <translation>客户端公钥损坏</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Gap of zeros</source>
      <translation>全零空隙</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Foreign bytes</source>
      <translation>无关字节</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Missing blocks</source>
      <translation>缺失的块</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Oversized block</source>
      <translation>过大的块</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Unreadable</source>
      <translation>无法读取</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>Log restarted</source>
      <translation>日志重新开始</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>none of the saved keys opens it</source>
      <translation>已保存的密钥都无法打开它</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>the log ends inside a block</source>
      <translation>日志在块中间结束</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>its length does not match the next block</source>
      <translation>其长度与下一个块不衔接</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>the block does not end correctly</source>
      <translation>块没有正确结束</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>only its beginning could be read</source>
      <translation>只能读出开头部分</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>read using a neighbouring block's header</source>
      <translation>借用相邻块的块头读出</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>opened using a neighbouring block's key</source>
      <translation>用相邻块的密钥打开</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>{length} bytes of zeros</source>
      <translation>{length} 字节全为零</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>{length} bytes that are not part of any block</source>
      <translation>{length} 字节不属于任何块</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>blocks {first} to {last} are missing</source>
      <translation>缺少第 {first} 至 {last} 号块</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>its text was truncated at the limit</source>
      <translation>文本在上限处被截断</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>the system stopped reading here</source>
      <translation>系统在此停止读取</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>truncated or replaced; read again from the start</source>
      <translation>被截断或替换，已从头重新读取</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>block {n} is missing</source>
      <translation>缺少第 {n} 号块</translation>
    </message>
    <message>
      <location filename="app/logviewer/model.py" />
      <source>{title} at byte {offset}: {detail}</source>
      <translation>{title}，位于字节 {offset}：{detail}</translation>
    </message>
    <message>
      <location filename="app/logviewer/notices.py" />
      <source>Dismiss</source>
      <translation>关闭提示</translation>
    </message>
    <message>
      <location filename="app/logviewer/shortcuts.py" />
      <source>Keyboard shortcuts</source>
      <translation>键盘快捷键</translation>
    </message>
    <message>
      <location filename="app/logviewer/shortcuts.py" />
      <source>Command</source>
      <translation>命令</translation>
    </message>
    <message>
      <location filename="app/logviewer/shortcuts.py" />
      <source>Shortcut</source>
      <translation>快捷键</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Record's message</source>
      <translation>记录的消息</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Record</source>
      <translation>记录</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Select a record to read it in full.</source>
      <translation>选择一条记录以查看全文。</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Findings</source>
      <translation>发现</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Bookmarks</source>
      <translation>书签</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Previous record of this thread (Shift+T)</source>
      <translation>此线程的上一条记录（Shift+T）</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Next record of this thread (T)</source>
      <translation>此线程的下一条记录（T）</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>thread {thread}</source>
      <translation>线程 {thread}</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>… truncated here. Copy or export it to get all of it.</source>
      <translation>…在此截断。复制或导出可得到全文。</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Log</source>
      <translation>日志</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Findings ({n})</source>
      <translation>发现（{n}）</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Bookmarks ({n})</source>
      <translation>书签（{n}）</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Problem</source>
      <translation>问题</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Byte offset</source>
      <translation>字节位置</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Bytes</source>
      <translation>字节数</translation>
    </message>
    <message>
      <location filename="app/logviewer/side_panes.py" />
      <source>Details</source>
      <translation>详情</translation>
    </message>
    <message>
      <location filename="app/logviewer/table.py" />
      <source>Log records</source>
      <translation>日志记录</translation>
    </message>
    <message>
      <location filename="app/logviewer/table.py" />
      <source>One record per row: time, level, tag, thread and the first line of its message.</source>
      <translation>每行一条记录：时间、级别、标签、线程和消息的第一行。</translation>
    </message>
    <message>
      <location filename="app/logviewer/table.py" />
      <source>+{n} lines</source>
      <translation>另有 {n} 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/table.py" />
      <source>+1 line</source>
      <translation>另有 1 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/timemap.py" />
      <source>Time map</source>
      <translation>时间分布图</translation>
    </message>
    <message>
      <location filename="app/logviewer/timemap.py" />
      <source>Records over time by level. Use Left, Right, Home and End to move through the log.</source>
      <translation>按级别显示记录随时间的分布。用左右键、Home 和 End 在日志中移动。</translation>
    </message>
    <message>
      <location filename="app/logviewer/timemap.py" />
      <source>Markers</source>
      <translation>标记栏</translation>
    </message>
    <message>
      <location filename="app/logviewer/timemap.py" />
      <source>Damage, bookmarks and search results</source>
      <translation>损坏、书签和查找结果</translation>
    </message>
    <message>
      <location filename="app/logviewer/welcome.py" />
      <source>Open a log</source>
      <translation>打开日志</translation>
    </message>
    <message>
      <location filename="app/logviewer/welcome.py" />
      <source>Drop .xlog files, a folder or a diagnosis archive here.</source>
      <translation>将 .xlog 文件、文件夹或诊断存档拖放到这里。</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>Log viewer</source>
      <translation>日志查看器</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>Phobos has not written any logs in {folder} yet.</source>
      <translation>Phobos 尚未在 {folder} 中写入日志。</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>None of the saved keys ({keys}) opens {n} blocks ({size}) of this log.</source>
      <translation>已保存的 {keys} 个密钥都无法打开此日志的 {n} 个块（{size}）。</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>{n} blocks ({size}) are encrypted. Their private key is needed to read them.</source>
      <translation>{n} 个块（{size}）已加密，需要私钥才能读取。</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>Enter key…</source>
      <translation>输入密钥…</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>The filter hides this row.</source>
      <translation>此行被筛选隐藏。</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>Delete</source>
      <translation>删除</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>{n} logs</source>
      <translation>{n} 个日志</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>Looking for logs… {n} files</source>
      <translation>正在查找日志…已检查 {n} 个文件</translation>
    </message>
    <message>
      <location filename="app/logviewer/window.py" />
      <source>Nothing in these logs is encrypted.</source>
      <translation>这些日志中没有加密的内容。</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>{shown} of {total} rows</source>
      <translation>显示 {shown} 行，共 {total} 行</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>Can't save settings and bookmarks in {folder}: {reason}</source>
      <translation>无法将设置和书签保存到 {folder}：{reason}</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>Loading</source>
      <translation>正在加载</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>Memory used by the records</source>
      <translation>记录占用的内存</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>filtering…</source>
      <translation>正在筛选…</translation>
    </message>
    <message>
      <location filename="app/logviewer/window_layout.py" />
      <source>{n} selected, {s} s apart</source>
      <translation>选中 {n} 行，相隔 {s} 秒</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{path} does not exist.</source>
      <translation>{path} 不存在。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>Can't read {path}: {detail}</source>
      <translation>无法读取 {path}：{detail}</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{path} is a device or a pipe, not a file.</source>
      <translation>{path} 是设备或管道，不是文件。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>There are no logs in {path}.</source>
      <translation>{path} 中没有日志。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{path} is a damaged archive: {detail}</source>
      <translation>{path} 是损坏的存档：{detail}</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{path} would unpack to more than 1 GiB and was not opened.</source>
      <translation>{path} 解压后将超过 1 GiB，未打开。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>Can't read {name}: {detail}</source>
      <translation>无法读取 {name}：{detail}</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{name} is not an xlog file.</source>
      <translation>{name} 不是 xlog 文件。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{name} is empty: nothing has been logged yet, or the program that writes it was killed early.</source>
      <translation>{name} 是空的：尚未写入日志，或写入进程过早被终止。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{name} was deleted. What was read so far is still shown.</source>
      <translation>{name} 已被删除。已读取的内容仍会显示。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{name} was truncated or replaced. It was read again from the start, below.</source>
      <translation>{name} 被截断或替换，已从头重新读取，见下方。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>{name}: loading stopped because the records reached the memory limit.</source>
      <translation>{name}：记录已达到内存上限，加载已停止。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It looks like plain text; it may be decoded already.</source>
      <translation>它像是纯文本，可能已经解码过。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It looks like a gzip file: unpack it first.</source>
      <translation>它像是 gzip 文件，请先解压。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It looks like a zip archive: unpack it first.</source>
      <translation>它像是 zip 压缩包，请先解压。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It looks like a zstd file: unpack it first.</source>
      <translation>它像是 zstd 文件，请先解压。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It looks like a 7z archive: unpack it first.</source>
      <translation>它像是 7z 压缩包，请先解压。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It looks like a SQLite database.</source>
      <translation>它像是 SQLite 数据库。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>It may be a log from before Mars was published.</source>
      <translation>它可能是 Mars 公开之前的日志。</translation>
    </message>
    <message>
      <location filename="app/logviewer/wording.py" />
      <source>it takes too long: a single line needs seconds</source>
      <translation>耗时过长：单独一行就需要数秒</translation>
    </message>
  </context>
</TS>
