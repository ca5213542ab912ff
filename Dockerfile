# CPU:  docker build -t roarbook .
#       docker run -p 8888:8888 roarbook
# CUDA: docker build -t roarbook:gpu --build-arg DEVICE=gpu .
#       docker run --gpus all -p 8888:8888 roarbook:gpu
# CUDA's libraries come with TensorFlow's packages; the driver is the host's (NVIDIA Container Toolkit).

ARG NODE=20.19
FROM node:${NODE}-bookworm-slim AS machine
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates g++ git python3 python3-venv \
  && rm -rf /var/lib/apt/lists/*

FROM machine AS roarbook
ARG DEVICE=cpu
ENV ROARBOOK_DEVICE=${DEVICE} \
  NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /home/node/roarbook
RUN chown node:node .
USER node
COPY --chown=node:node . .
RUN npm run setup
EXPOSE 8888
CMD ["npm", "run", "lab", "--", "--ip=0.0.0.0", "--no-browser"]
