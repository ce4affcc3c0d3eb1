"""Where things run: processes, the guard behind them, workspaces, CPU sets, ports."""
