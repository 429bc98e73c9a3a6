"""`sommelier mcp` on standard input and output."""

import subprocess
import sys


def test_a_host_talks_to_a_workspace_over_stdio(books, on_stdio):
    async def work(client):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        turn = await client.call_tool("chat", {"message": "something about space"})
        other = await client.call_tool("profile", {"user_id": "reader-01"})
        return tools, turn, other

    tools, turn, other = on_stdio(work, books, "--brain", "rules", "--user", "reader-00")
    assert "recommend" in tools and turn.structured_content["items"]
    assert other.is_error and "speaks for one person" in other.content[0].text


def test_standard_output_carries_messages_only(books):
    told = '{"jsonrpc": "2.0", "id": 7, "method": "ping"}\n'
    command = [sys.executable, "-m", "sommelier", "mcp", str(books), "--brain", "rules"]
    done = subprocess.run(
        command, input=told, capture_output=True, text=True, timeout=120, check=False
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 1 and '"id":7' in lines[0].replace(" ", ""), done
