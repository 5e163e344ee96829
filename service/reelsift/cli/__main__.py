import asyncio
from reelsift.settings import load_settings
from reelsift.domain.policy import Policy
from reelsift.log import configure_logs
from reelsift.worker.lifecycle import run_worker
s=load_settings(); configure_logs(s.log_format,s.log_level); asyncio.run(run_worker(s,Policy.built_in()))
