"""The conformance report: plan, runner, judges, exports."""
